//! Calls the functions of the hostile crate from a friendly one.

#[tokio::test]
async fn an_expansion_means_what_it_says_wherever_it_stands() {
    let mut out = Vec::new();
    assert_eq!(shapes_hygiene::every_layer("four".into(), &mut out).await.unwrap(), 4);
    assert_eq!(shapes_hygiene::with_preset(4).await.unwrap(), 4);
    assert_eq!(shapes_hygiene::sync(4).unwrap(), 4);
    assert_eq!(out, [1]);
}
