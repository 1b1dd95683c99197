//! A small schema with everything that merging and null propagation have to do with: its fields are those of
//! tests/contracts/differential.mjs. An object is a number, even ones are A, odd ones B, and what it gives follows from that.

use async_graphql::{EmptyMutation, EmptySubscription, InputObject, Interface, Object, Schema, SchemaBuilder, Union};
use weak_to_strong::error::Error;

/// Another word, since clippy takes the fields of an interface for one list.
type Sum = i32;
type Fallible<T> = Result<T, Error>;

fn every<T>(number: i32, times: i32, value: T) -> Fallible<T> {
    if number % times == 0 { Err(Error::forbidden("It fails.")) } else { Ok(value) }
}

#[derive(Clone, Copy)]
pub struct A(i32);

#[derive(Clone, Copy)]
pub struct B(i32);

#[derive(Interface)]
#[graphql(
    field(name = "name", ty = "String"),
    field(name = "number", ty = "i32"),
    field(name = "maybe", ty = "Option<i32>"),
    field(name = "fails", ty = "Option<Fallible<i32>>"),
    field(name = "strict", ty = "Fallible<i32>"),
    field(name = "near", ty = "Option<Named>"),
    field(name = "kids", ty = "Vec<Option<Named>>"),
    field(name = "plus", ty = "Sum", arg(name = "by", ty = "i32", default = 1), arg(name = "twice", ty = "Option<bool>"))
)]
pub enum Named {
    A(A),
    B(B),
}

#[derive(Union)]
pub enum Thing {
    A(A),
    B(B),
}

fn named(number: i32) -> Named {
    if number % 2 == 0 { Named::A(A(number)) } else { Named::B(B(number)) }
}

fn thing(number: i32) -> Thing {
    if number % 2 == 0 { Thing::A(A(number)) } else { Thing::B(B(number)) }
}

fn near(number: i32) -> Option<Named> {
    (number % 4 != 3).then(|| named(number + 1))
}

fn kids(number: i32) -> Vec<Option<Named>> {
    vec![Some(named(number + 1)), Some(named(number + 2)), None]
}

fn things(number: i32) -> Fallible<Vec<Thing>> {
    every(number, 6, vec![thing(number + 3), thing(number + 4)])
}

fn holes(number: i32) -> Vec<Option<Fallible<i32>>> {
    let item = |item| if item % 3 == 0 { None } else { Some(every(item, 4, item)) };
    (number..number + 4).map(item).collect()
}

fn plus(number: i32, by: i32, twice: Option<bool>) -> i32 {
    (number + by) * if twice == Some(true) { 2 } else { 1 }
}

#[Object]
impl A {
    async fn name(&self) -> String {
        format!("object {}", self.0)
    }

    async fn number(&self) -> i32 {
        self.0
    }

    async fn maybe(&self) -> Option<i32> {
        (self.0 % 3 != 0).then_some(self.0)
    }

    async fn fails(&self) -> Option<Fallible<i32>> {
        Some(every(self.0, 2, self.0))
    }

    async fn strict(&self) -> Fallible<i32> {
        every(self.0, 5, self.0)
    }

    async fn numbers(&self) -> Vec<i32> {
        vec![self.0, self.0 + 1, self.0 + 2]
    }

    async fn holes(&self) -> Option<Vec<Option<Fallible<i32>>>> {
        Some(holes(self.0))
    }

    async fn strict_holes(&self) -> Option<Vec<Fallible<i32>>> {
        Some((self.0..self.0 + 3).map(|item| every(item, 7, item)).collect())
    }

    async fn near(&self) -> Option<Named> {
        near(self.0)
    }

    async fn sure(&self) -> Fallible<A> {
        every(self.0, 11, A(self.0 + 2))
    }

    async fn kids(&self) -> Vec<Option<Named>> {
        kids(self.0)
    }

    async fn sure_kids(&self) -> Vec<A> {
        vec![A(self.0 + 2), A(self.0 + 3)]
    }

    async fn things(&self) -> Option<Fallible<Vec<Thing>>> {
        Some(things(self.0))
    }

    async fn plus(&self, #[graphql(default = 1)] by: i32, twice: Option<bool>) -> i32 {
        plus(self.0, by, twice)
    }

    async fn only_a(&self) -> i32 {
        self.0 * 10
    }

    async fn same(&self) -> i32 {
        self.0
    }

    async fn loose(&self) -> Option<i32> {
        (self.0 % 3 != 0).then_some(self.0)
    }
}

#[Object]
impl B {
    async fn name(&self) -> String {
        format!("object {}", self.0)
    }

    async fn number(&self) -> i32 {
        self.0
    }

    async fn maybe(&self) -> Option<i32> {
        (self.0 % 3 != 0).then_some(self.0)
    }

    async fn fails(&self) -> Option<Fallible<i32>> {
        Some(every(self.0, 2, self.0))
    }

    async fn strict(&self) -> Fallible<i32> {
        every(self.0, 5, self.0)
    }

    async fn numbers(&self) -> Vec<i32> {
        vec![self.0, self.0 + 1, self.0 + 2]
    }

    async fn holes(&self) -> Option<Vec<Option<Fallible<i32>>>> {
        Some(holes(self.0))
    }

    async fn near(&self) -> Option<Named> {
        near(self.0)
    }

    async fn sure(&self) -> Fallible<A> {
        every(self.0, 11, A(self.0 + 2))
    }

    async fn kids(&self) -> Vec<Option<Named>> {
        kids(self.0)
    }

    async fn things(&self) -> Option<Fallible<Vec<Thing>>> {
        Some(things(self.0))
    }

    async fn plus(&self, #[graphql(default = 1)] by: i32, twice: Option<bool>) -> i32 {
        plus(self.0, by, twice)
    }

    async fn only_b(&self) -> String {
        format!("b{}", self.0)
    }

    async fn same(&self) -> String {
        format!("b{}", self.0)
    }

    async fn loose(&self) -> i32 {
        self.0
    }
}

#[derive(InputObject)]
pub struct Pair {
    a: i32,
    #[graphql(default = 4)]
    b: Option<i32>,
}

pub struct Query;

#[Object]
impl Query {
    async fn at(&self, n: i32) -> Option<Named> {
        Some(named(n))
    }

    async fn first(&self) -> A {
        A(1)
    }

    async fn thing(&self, #[graphql(default = 3)] n: Option<i32>) -> Option<Thing> {
        Some(thing(n.unwrap_or(0)))
    }

    async fn things(&self) -> Option<Fallible<Vec<Option<Thing>>>> {
        Some(things(1).map(|all| all.into_iter().map(Some).collect()))
    }

    async fn sum(&self, of: Option<Pair>) -> Option<i32> {
        of.map(|pair| pair.a + pair.b.unwrap_or(0))
    }

    async fn kids(&self) -> Vec<Option<Named>> {
        kids(0)
    }

    async fn near(&self) -> Option<Named> {
        near(0)
    }
}

pub type Small = Schema<Query, EmptyMutation, EmptySubscription>;

pub fn builder() -> SchemaBuilder<Query, EmptyMutation, EmptySubscription> {
    Schema::build(Query, EmptyMutation, EmptySubscription)
}
