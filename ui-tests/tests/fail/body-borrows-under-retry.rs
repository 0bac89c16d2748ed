//! What the borrow checker says about a body, it says where it would without the attribute.

use resilience::{Rejected, retry};

#[retry]
fn used_after_move(text: String) -> Result<String, Rejected> {
    drop(text);
    Ok(text)
}

#[retry]
fn moved_in_a_loop(text: String) -> Result<(), Rejected> {
    for _ in 0..2 {
        drop(text);
    }
    Ok(())
}

#[retry]
fn borrowed_twice() -> Result<usize, Rejected> {
    let mut list = vec![1, 2];
    let first = &list[0];
    list.push(3);
    Ok(*first)
}

#[retry]
fn not_mutable(text: String) -> Result<String, Rejected> {
    text.push('a');
    Ok(text)
}

#[retry]
fn behind_a_reference(text: &String) -> Result<String, Rejected> {
    Ok(*text)
}

#[retry]
fn changed_behind_a_reference(text: &String) -> Result<(), Rejected> {
    text.push('a');
    Ok(())
}

#[retry]
fn dangling<'a>() -> Result<&'a str, Rejected> {
    let text = String::from("a");
    Ok(&text)
}

#[retry]
fn shorter<'a, 'b>(a: &'a str, b: &'b str) -> Result<&'a str, Rejected> {
    Ok(if a.is_empty() { b } else { a })
}

struct Client {
    name: String,
}

impl Client {
    #[retry]
    fn moved_out_of_self(&self) -> Result<String, Rejected> {
        Ok(self.name)
    }

    #[retry]
    fn changed_in_self(&self) -> Result<(), Rejected> {
        self.name.push('a');
        Ok(())
    }
}

fn main() {}
