//! What holds of scan, guard and merge for whatever document: they agree with the parser and with a writing-out by hand, never panic,
//! and take steps in proportion to what they are given.

use std::fmt::Write;

use async_graphql::{
    Positioned,
    parser::{
        parse_query, parse_schema,
        types::{Directive, ExecutableDocument, Selection as Parsed, SelectionSet},
    },
};
use async_graphql_value::Value;
use proptest::prelude::*;

use super::{guard, literals::Arguments, overlap, scan};

const SDL: &str = "
    schema { query: Query }
    type Query { pet: Pet, dog(a: In): Dog, name(a: In): String, pets: [Pet!]! }
    interface Pet { pet: Pet, name(a: In): String, pets: [Pet!]! }
    type Dog implements Pet { pet: Pet, dog(a: In): Dog, name(a: In): String, pets: [Pet!]! }
    type Cat implements Pet { pet: Pet, dog(a: In): Dog, name(a: In): String, pets: [Pet!]! }
    scalar In";
const FRAGMENTS: usize = 5;

/// One selection as it is written.
#[derive(Clone, Debug)]
enum Selection {
    Field {
        name: &'static str,
        argument: &'static str,
        directive: &'static str,
        inner: Vec<Selection>,
    },
    Inline {
        on: &'static str,
        inner: Vec<Selection>,
    },
    /// Of the fragment so many after the one that it stands in; beyond the last there is none.
    Spread {
        ahead: usize,
    },
}

#[derive(Clone, Debug)]
struct Document {
    operations: Vec<Vec<Selection>>,
    fragments: Vec<(&'static str, Vec<Selection>)>,
}

fn selections() -> impl Strategy<Value = Vec<Selection>> {
    let arguments = ["", "", "(a: 1)", "(a: [[1, 2], {b: [\"]}\"]}])", "(a: $v)", "(a: \"\"\"{[(\"\"\") # )}]\n"];
    let directives = ["", "", "@skip(if: false)", "@include(if: $w) @d(x: {y: [0]})"];
    let field = (prop::sample::select(vec!["pet", "dog", "name", "pets", "x: name", "x: pet"]), prop::sample::select(arguments.to_vec()));
    let field = (field, prop::sample::select(directives.to_vec()));
    let leaf = field.clone().prop_map(|((name, argument), directive)| Selection::Field { name, argument, directive, inner: Vec::new() });
    let spread = (1..=FRAGMENTS).prop_map(|ahead| Selection::Spread { ahead });
    let one = prop_oneof![3 => leaf, 1 => spread].prop_recursive(4, 24, 4, move |inner| {
        let inner = prop::collection::vec(inner, 1..4);
        let on = prop::sample::select(vec!["", "on Dog", "on Cat", "on Pet"]);
        prop_oneof![
            3 => (field.clone(), inner.clone())
                .prop_map(|(((name, argument), directive), inner)| Selection::Field { name, argument, directive, inner }),
            1 => (on, inner).prop_map(|(on, inner)| Selection::Inline { on, inner }),
        ]
    });
    prop::collection::vec(one, 1..5)
}

fn documents() -> impl Strategy<Value = Document> {
    let fragment = (prop::sample::select(vec!["Query", "Dog", "Cat", "Pet"]), selections());
    (prop::collection::vec(selections(), 1..3), prop::collection::vec(fragment, 0..=FRAGMENTS))
        .prop_map(|(operations, fragments)| Document { operations, fragments })
}

impl Document {
    fn text(&self) -> String {
        let mut text = String::new();
        for (number, operation) in self.operations.iter().enumerate() {
            let _ = write!(text, "query Q{number}($v: In, $w: Boolean = true) ");
            write_set(&mut text, operation, 0);
        }
        for (number, (on, inner)) in self.fragments.iter().enumerate() {
            let _ = write!(text, "fragment F{} on {on} ", number + 1);
            write_set(&mut text, inner, number + 1);
        }
        text
    }

    /// Fields and fragments once all fragments are written out, those that nothing spreads included.
    fn written_out(&self) -> usize {
        let mut spread = vec![false; FRAGMENTS * 2 + 2];
        let all = self.operations.iter().map(|operation| (0, operation));
        let all = all.chain(self.fragments.iter().enumerate().map(|(number, (_, inner))| (number + 1, inner)));
        for (within, inner) in all {
            note(inner, within, &mut spread);
        }
        let unspread = (1..=self.fragments.len()).filter(|number| !spread[*number]);
        let operations: usize = self.operations.iter().map(|operation| self.count(operation, 0)).sum();
        operations + unspread.map(|number| self.count(&self.fragments[number - 1].1, number)).sum::<usize>()
    }

    fn count(&self, selections: &[Selection], within: usize) -> usize {
        let one = |selection: &Selection| match selection {
            Selection::Field { inner, .. } | Selection::Inline { inner, .. } => 1 + self.count(inner, within),
            Selection::Spread { ahead } => {
                let fragment = self.fragments.get(within + ahead - 1);
                1 + fragment.map_or(0, |(_, inner)| self.count(inner, within + ahead))
            }
        };
        selections.iter().map(one).sum()
    }
}

fn write_set(text: &mut String, selections: &[Selection], within: usize) {
    text.push_str("{ ");
    for selection in selections {
        match selection {
            Selection::Field { name, argument, directive, inner } => {
                let _ = write!(text, "{name} {argument} {directive} ");
                if !inner.is_empty() {
                    write_set(text, inner, within);
                }
            }
            Selection::Inline { on, inner } => {
                let _ = write!(text, "... {on} ");
                write_set(text, inner, within);
            }
            Selection::Spread { ahead } => {
                let _ = write!(text, "...F{} ", within + ahead);
            }
        }
    }
    text.push_str("} ");
}

fn note(selections: &[Selection], within: usize, spread: &mut [bool]) {
    for selection in selections {
        match selection {
            Selection::Field { inner, .. } | Selection::Inline { inner, .. } => note(inner, within, spread),
            Selection::Spread { ahead } => spread[within + ahead] = true,
        }
    }
}

/// The deepest brackets of what was parsed.
fn nesting(document: &ExecutableDocument) -> usize {
    let operations = document.operations.iter().map(|(_, operation)| {
        let variables = usize::from(!operation.node.variable_definitions.is_empty());
        set_nesting(&operation.node.selection_set.node).max(variables)
    });
    operations.chain(document.fragments.values().map(|fragment| set_nesting(&fragment.node.selection_set.node))).max().unwrap_or(0)
}

fn set_nesting(set: &SelectionSet) -> usize {
    let inner = |selection: &Positioned<Parsed>| {
        let directives = directives_nesting(selection.node.directives());
        match &selection.node {
            Parsed::Field(field) => {
                directives.max(arguments_nesting(&field.node.arguments)).max(set_nesting(&field.node.selection_set.node))
            }
            Parsed::InlineFragment(inline) => directives.max(set_nesting(&inline.node.selection_set.node)),
            Parsed::FragmentSpread(_) => directives,
        }
    };
    set.items.iter().map(|selection| 1 + inner(selection)).max().unwrap_or(0)
}

fn directives_nesting(directives: &[Positioned<Directive>]) -> usize {
    directives.iter().map(|directive| arguments_nesting(&directive.node.arguments)).max().unwrap_or(0)
}

fn arguments_nesting(arguments: &Arguments) -> usize {
    arguments.iter().map(|(_, value)| 1 + value_nesting(&value.node)).max().unwrap_or(0)
}

fn value_nesting(value: &Value) -> usize {
    match value {
        Value::List(items) => 1 + items.iter().map(value_nesting).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(value_nesting).max().unwrap_or(0),
        _ => 0,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_scan_sees_the_nesting_that_the_parser_sees(document in documents()) {
        let text = document.text();
        if let Ok(seen) = scan::scan(&text) {
            let parsed = parse_query(&text);
            prop_assert!(parsed.is_ok(), "{:?} {}", parsed.err(), text);
            prop_assert_eq!(seen.nesting, nesting(&parsed.unwrap()), "{}", text);
            prop_assert!(seen.steps <= text.len());
        }
    }

    #[test]
    fn the_guard_counts_what_writing_out_gives_in_linear_work(document in documents()) {
        let text = document.text();
        let wanted = document.written_out();
        let Ok(seen) = scan::scan(&text) else { return Ok(()) };
        match guard::guard(&parse_query(&text).unwrap()) {
            Ok(found) => {
                prop_assert_eq!(found.selections, wanted, "{}", text);
                prop_assert!(found.steps <= 4 * seen.tokens, "{} steps, {} tokens", found.steps, seen.tokens);
            }
            Err(refusal) => {
                let over = wanted > guard::SELECTIONS_MAX;
                let other = ["nested", "aliases", "spreads fragments", "root fields", "arguments"];
                prop_assert!(over || other.iter().any(|word| refusal.message.contains(word)), "{} of {}", refusal.message, text);
            }
        }
    }

    #[test]
    fn merging_takes_steps_in_proportion_to_what_is_written_out(document in documents()) {
        let text = document.text();
        let types = overlap::OutputTypes::new(&parse_schema(SDL).unwrap());
        if scan::scan(&text).is_err() { return Ok(()) }
        let parsed = parse_query(&text).unwrap();
        let Ok(found) = guard::guard(&parsed) else { return Ok(()) };
        if let Ok(steps) = overlap::check(&parsed, &types) {
            // Two walks; in the second a field of the interface stands beside each of the two objects.
            prop_assert!(steps <= 12 * (found.selections + 1), "{} steps, {} selections in {}", steps, found.selections, text);
        }
    }

    #[test]
    fn whatever_the_parser_takes_is_survived(words in prop::collection::vec(prop::sample::select(vec![
        "{", "}", "{", "}", "(", ")", "[", "]", ":", "...", "on", "a", "b", "F", "$v", "@d", "\"s\"", "1", "query", "fragment", "fragment F on A", "=", "!",
    ]), 0..60)) {
        let text = words.join(" ");
        let types = overlap::OutputTypes::new(&parse_schema(SDL).unwrap());
        if let (Ok(_), Ok(parsed)) = (scan::scan(&text), parse_query(&text)) {
            let _ = (guard::guard(&parsed), overlap::check(&parsed, &types));
        }
    }
}
