#[async_trait]
impl<T> Store for Table<T> {
    #![allow(unused)]
    const SIZE: fn() -> usize = {
        fn size() -> usize {
            1
        }
        size
    };
    type Row = Result<u8, Error>;
    make_methods! {
        fn made() -> Result < u8, Error >
    }
    pub fn len(&self) -> usize {
        1
    }
    const fn constant() -> Result<u8, Error> {
        Ok(1)
    }
    #[instrument]
    #[::resilience::resilient(__resilience_block(DATABASE, name = "db"))]
    #[retry(attempts = 2)]
    async fn get(&self) -> io::Result<u8> {
        Ok(1)
    }
    fn skipped(&self) -> Result<u8, Error> {
        #[resilient(__resilience_proof_of_resilient)]
        const _: () = {
            ::core::compile_error!(
                "this `resilient` is not the one of `resilience`; write `use resilience::resilient;`, or its whole path"
            );
        };
        Ok(1)
    }
    #[resilient(OTHER)]
    fn own(&self) -> Result<u8, Error> {
        Ok(1)
    }
    #[::resilience::resilient(__resilience_block(DATABASE, name = "db"))]
    fn put(&mut self) -> Result<u8, Error> {
        Ok(1)
    }
}
