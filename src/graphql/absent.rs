//! Optional variables that a client declares and does not send. The library computes a field's cost with its arguments
//! before it runs and takes an absent variable there for a mistake, so such variables are null from here on. Inside input
//! objects absent and null differ, a default stands for the one and not for the other: variables that occur there stay absent.

use std::{collections::HashSet, convert::Infallible};

use async_graphql::{
    Name, Value,
    parser::types::{ExecutableDocument, OperationDefinition, Selection, SelectionSet},
};

/// A literal with null for its variables, and their names. A macro, since the library does not export the literal's type.
macro_rules! variables {
    ($literal:expr) => {{
        let mut found = Vec::new();
        let constant = $literal.node.clone().into_const_with(|name| {
            found.push(name);
            Ok::<_, Infallible>(Value::Null)
        });
        (constant.unwrap_or(Value::Null), found)
    }};
}

/// Variables of the operation that may be null, have no default and are whole arguments of fields wherever they occur.
pub fn optional_arguments<'a>(document: &ExecutableDocument, operation: &'a OperationDefinition) -> Vec<&'a Name> {
    let mut inside = HashSet::new();
    for (_, each) in document.operations.iter() {
        selections(&each.node.selection_set.node, &mut inside);
    }
    for fragment in document.fragments.values() {
        selections(&fragment.node.selection_set.node, &mut inside);
    }
    let definitions = operation.variable_definitions.iter().map(|definition| &definition.node);
    let optional = definitions.filter(|definition| definition.var_type.node.nullable && definition.default_value.is_none());
    optional.map(|definition| &definition.name.node).filter(|name| !inside.contains(*name)).collect()
}

/// The recursion is as deep as the scan lets brackets nest.
fn selections(set: &SelectionSet, inside: &mut HashSet<Name>) {
    for selection in &set.items {
        for (_, value) in selection.node.directives().iter().flat_map(|directive| &directive.node.arguments) {
            inside.extend(variables!(value).1);
        }
        match &selection.node {
            Selection::Field(field) => {
                for (_, value) in &field.node.arguments {
                    let (constant, found) = variables!(value);
                    // A whole variable leaves nothing but the null that took its place.
                    if constant != Value::Null {
                        inside.extend(found);
                    }
                }
                selections(&field.node.selection_set.node, inside);
            }
            Selection::InlineFragment(fragment) => selections(&fragment.node.selection_set.node, inside),
            Selection::FragmentSpread(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn only_whole_arguments_that_may_be_null_are_named() {
        let document = "query($a: Int, $b: Int!, $c: Int = 1, $d: Int, $e: Int, $f: Boolean, $g: Int) \
            { x(a: $a, b: $b, c: $c, d: {n: $d}, e: [$e]) y(d: $d) @include(if: $f) ...F } fragment F on Query { z(g: $g) }";
        let document = parse_query(document).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let names: Vec<&str> = optional_arguments(&document, &operation.node).into_iter().map(Name::as_str).collect();
        assert_eq!(names, ["a", "g"]);
    }
}
