//! The cases of the specification's section 5.3.2, and its hard ones.

use std::fmt::Write;

use async_graphql::parser::{parse_query, parse_schema};

use super::*;

const SDL: &str = "
    schema { query: Query }
    type Query { pet: Pet, dog: Dog, being: Being }
    union Being = Dog | Cat | Stone
    interface Pet { name: String!, friend: Pet, toys: [Toy!]!, sound(loud: Boolean, at: At): String }
    type Dog implements Pet { name: String!, friend: Dog, toys: [Toy!]!, sound(loud: Boolean, at: At): String, bark: Int, tags: [String], owner: Human }
    type Cat implements Pet { name: String!, friend: Cat, toys: [Toy!]!, sound(loud: Boolean, at: At): String, meow: Int!, mood: Mood, owner: Human }
    type Stone { name: String, weight: Float, tags: [String!], owner: String }
    type Toy { id: ID!, maker: Human }
    type Human { name: String, age: Int, pet: Pet }
    enum Mood { CALM WILD }
    input At { x: Int, y: Int }";

fn types() -> OutputTypes {
    OutputTypes::new(&parse_schema(SDL).unwrap())
}

fn told(document: &str) -> Result<usize, String> {
    check(&parse_query(document).unwrap(), &types()).map_err(|refusal| refusal.message)
}

#[test]
fn what_is_the_same_field_or_never_of_the_same_object_is_merged() {
    for document in [
        "{ dog { name name } }",
        "{ dog { call: name call: name } }",
        "{ dog { sound(loud: true) sound(loud: true) } }",
        "query($l: Boolean) { dog { sound(loud: $l) sound(loud: $l) } }",
        "{ dog { sound(loud: true, at: {x: 1, y: 2}) sound(at: {y: 2, x: 1}, loud: true) } }",
        "{ pet { ... on Dog { number: bark } ... on Cat { mood } } }",
        // Another argument, another field: a dog is no cat.
        "{ pet { ... on Dog { sound(loud: true) } ... on Cat { sound(loud: false) } } }",
        "{ pet { ... on Dog { it: name } ... on Cat { it: name } } }",
        "{ pet { ... on Dog { friend { it: name } } ... on Cat { friend { it: name } } } }",
        // Once parents cannot be the same, what is below them need not be either.
        "{ pet { ... on Dog { friend { it: name } } ... on Cat { friend { it: sound(loud: true) } } } }"
            .replace("it: name", "it: sound(loud: false)")
            .as_str(),
        "{ dog { ...A ...B } } fragment A on Dog { friend { name } } fragment B on Dog { friend { bark } }",
        "{ pet { ... on Dog { what: __typename } ... on Cat { what: __typename } } }",
        // graphql-js compares no shape with that of __typename.
        "{ pet { ... on Dog { what: __typename } ... on Cat { what: meow } } }",
        "{ __schema { types { name } types { kind ... on __Type { name } } } }",
        "{ dog { name @skip(if: true) name @include(if: false) } }",
    ] {
        assert!(told(document).is_ok(), "{document}: {:?}", told(document));
    }
}

#[test]
fn different_fields_and_arguments_are_refused() {
    for document in [
        "{ dog { name: bark name } }",
        "{ dog { x: name x: bark } }",
        "{ dog { x: name ... { x: bark } } }",
        "{ dog { x: name ...F } } fragment F on Dog { x: bark }",
        "{ dog { sound(loud: true) sound(loud: false) } }",
        "{ dog { sound(loud: true) sound } }",
        "{ dog { sound(at: {x: 1}) sound(at: {x: 2}) } }",
        "query($a: Boolean, $b: Boolean) { dog { sound(loud: $a) sound(loud: $b) } }",
        "query($a: Boolean) { dog { sound(loud: $a) sound(loud: true) } }",
        "{ dog { sound(loud: true) sound(at: {x: 1}) } }",
        // The interface may be the dog.
        "{ pet { sound(loud: true) ... on Dog { sound(loud: false) } } }",
        "{ pet { sound ... on Pet { sound(loud: false) } } }",
        "{ pet { ... on Dog { sound } ... on Cat { sound(loud: true) } ... on Pet { sound(loud: true) } } }",
        // Deep, and over two steps.
        "{ dog { friend { x: name } friend { x: bark } } }",
        "{ pet { friend { x: name } } ...F } fragment F on Query { pet { friend { x: sound } } }",
        "{ pet { friend { friend { name: sound } } ... on Dog { friend { friend { name } } } } }",
        "{ dog { what: __typename what: name } }",
        "{ __schema { types { name: kind name } } }",
        "{ a: dog { name } a: pet { name } }",
        // Nobody spreads it.
        "{ dog { name } } fragment F on Dog { x: name x: bark }",
        "query A { dog { name } } query B { dog { x: name x: bark } }",
    ] {
        assert!(told(document).is_err_and(|message| message.contains("cannot be merged")), "{document}");
    }
}

#[test]
fn the_answer_has_one_shape_even_for_different_objects() {
    for document in [
        // Int and Int!, String and Int, lists of what may and may not be null, a leaf and an object, an enum and a string.
        "{ pet { ... on Dog { x: bark } ... on Cat { x: meow } } }",
        "{ pet { ... on Dog { x: name } ... on Cat { x: meow } } }",
        "{ being { ... on Dog { tags } ... on Stone { tags } } }",
        "{ being { ... on Dog { owner { name } } ... on Stone { owner } } }",
        "{ pet { ... on Dog { x: sound } ... on Cat { x: mood } } }",
        "{ pet { ... on Dog { x: tags } ... on Cat { x: sound } } }",
        "{ being { ... on Dog { name } ... on Stone { name } } }",
        "{ pet { ... on Dog { owner { x: name } } ... on Cat { owner { x: age } } } }",
        "{ pet { ... on Dog { toys { x: id } } ... on Cat { toys { maker { name } } toys { x: maker { name } } } } }",
    ] {
        assert!(told(document).is_err_and(|message| message.contains("their types differ")), "{document}: {:?}", told(document));
    }
}

#[test]
fn what_the_schema_does_not_know_is_left_to_the_validator() {
    for document in
        ["{ dog { nothing nothing } }", "{ dog { ...Nowhere } }", "{ ... on Nothing { a { b } } }", "{ dog { name { a } name { b } } }"]
    {
        assert!(told(document).is_ok(), "{document}");
    }
    assert!(told("{ dog { nothing(a: 1) nothing(a: 2) } }").is_err());
}

#[test]
fn repetition_costs_no_more_than_it_says() {
    let flat = |count: usize| told(&format!("{{ dog {{ {} }} }}", "name ".repeat(count))).unwrap();
    assert!(flat(400) <= 2 * flat(200));
    let deep = |count: usize| {
        let level = format!("friend {{ name {} }} ", "name ".repeat(8));
        told(&format!("{{ dog {{ {} }} }}", level.repeat(count))).unwrap()
    };
    assert!(deep(80) <= 2 * deep(40) + 10);
}

#[test]
fn many_types_at_many_levels_end_at_the_cap() {
    // Each level of abstract fields stands beside each object type: the sets would double with each.
    let mut document = "{ pet { ...F0 } }".to_owned();
    for level in 0..30 {
        let next = level + 1;
        let _ = write!(
            document,
            " fragment F{level} on Pet {{ friend {{ name ...F{next} }} ... on Dog {{ friend {{ name ...F{next} }} }}              ... on Cat {{ friend {{ name ...F{next} }} }} }}"
        );
    }
    document.push_str(" fragment F30 on Pet { name }");
    match told(&document) {
        Ok(steps) => assert!(steps <= STEPS_MAX),
        Err(message) => assert!(message.contains("steps"), "{message}"),
    }
}
