//! Optional variables that a client declares and does not send. The library computes a field's cost with its arguments
//! before it runs and takes an absent variable there for a mistake, so such variables are null from here on. Inside input
//! objects absent and null differ, a default stands for the one and not for the other: variables that occur there stay absent.
//! Arguments have defaults as well: once the cost is known, those whose variable is absent are left out.

use std::collections::HashSet;

use async_graphql::{
    Name,
    parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet},
};
use async_graphql_value::Value;

use super::literals;

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

/// The document without the arguments that are one of these variables, and without the optional of these, which are nowhere else.
pub fn leave_out(document: &mut ExecutableDocument, absent: &[Name], optional: &[Name]) {
    if absent.is_empty() {
        return;
    }
    let operations: Vec<_> = match &mut document.operations {
        DocumentOperations::Single(operation) => vec![operation],
        DocumentOperations::Multiple(all) => all.values_mut().collect(),
    };
    for operation in operations {
        let is_gone = |name: &Name| absent.contains(name) && optional.contains(name);
        operation.node.variable_definitions.retain(|definition| !is_gone(&definition.node.name.node));
        without(&mut operation.node.selection_set.node, absent);
    }
    for fragment in document.fragments.values_mut() {
        without(&mut fragment.node.selection_set.node, absent);
    }
}

fn without(set: &mut SelectionSet, absent: &[Name]) {
    for selection in &mut set.items {
        match &mut selection.node {
            Selection::Field(field) => {
                field.node.arguments.retain(|(_, value)| !matches!(&value.node, Value::Variable(name) if absent.contains(name)));
                without(&mut field.node.selection_set.node, absent);
            }
            Selection::InlineFragment(inline) => without(&mut inline.node.selection_set.node, absent),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn note(inside: &mut HashSet<Name>, name: &Name) {
    inside.insert(name.clone());
}

/// The recursion is as deep as the scan lets brackets nest.
fn selections(set: &SelectionSet, inside: &mut HashSet<Name>) {
    for selection in &set.items {
        for (_, value) in selection.node.directives().iter().flat_map(|directive| &directive.node.arguments) {
            literals::literal(&value.node, |name| note(inside, name));
        }
        match &selection.node {
            Selection::Field(field) => {
                for (_, value) in &field.node.arguments {
                    if !matches!(value.node, Value::Variable(_)) {
                        literals::literal(&value.node, |name| note(inside, name));
                    }
                }
                selections(&field.node.selection_set.node, inside);
            }
            Selection::InlineFragment(fragment) => selections(&fragment.node.selection_set.node, inside),
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// The variable that is the whole argument `after` of a subscription's field.
pub fn after_variable(operation: &OperationDefinition) -> Option<&Name> {
    let [only] = operation.selection_set.node.items.as_slice() else { return None };
    let Selection::Field(field) = &only.node else { return None };
    field.node.arguments.iter().find_map(|(name, value)| match &value.node {
        Value::Variable(variable) if name.node == "after" => Some(variable),
        _ => None,
    })
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
        let absent = [Name::new("a"), Name::new("g")];
        let mut left = document.clone();
        leave_out(&mut left, &absent, &absent[..1]);
        let (_, operation) = left.operations.iter().next().unwrap();
        assert_eq!(operation.node.variable_definitions.len(), 6);
        let Selection::Field(x) = &operation.node.selection_set.node.items[0].node else { panic!("x is a field") };
        assert_eq!(x.node.arguments.len(), 4);
    }
}
