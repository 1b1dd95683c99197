//! What the library would read otherwise than the specification. An inline fragment without a type condition inside a fragment on a
//! type: it forgets that type when it looks for fields that cannot be merged; so such a fragment is given the condition around it. A
//! `__typename` with directives: it never looks at them; so they are put on an inline fragment around it.

use async_graphql::{
    Positioned,
    parser::types::{DocumentOperations, ExecutableDocument, InlineFragment, Selection, SelectionSet, TypeCondition},
};

/// The recursion is as deep as the scan lets brackets nest.
pub(super) fn write_out(document: &mut ExecutableDocument) {
    let operations: Vec<_> = match &mut document.operations {
        DocumentOperations::Single(operation) => vec![operation],
        DocumentOperations::Multiple(all) => all.values_mut().collect(),
    };
    for operation in operations {
        selections(&mut operation.node.selection_set.node, None);
    }
    for fragment in document.fragments.values_mut() {
        selections(&mut fragment.node.selection_set.node, Some(&fragment.node.type_condition));
    }
}

fn selections(set: &mut SelectionSet, around: Option<&Positioned<TypeCondition>>) {
    for selection in &mut set.items {
        if let Selection::Field(field) = &mut selection.node
            && field.node.name.node == "__typename"
            && !field.node.directives.is_empty()
        {
            wrap(selection);
        }
        match &mut selection.node {
            Selection::Field(field) => selections(&mut field.node.selection_set.node, None),
            Selection::InlineFragment(inline) => {
                if inline.node.type_condition.is_none() {
                    inline.node.type_condition = around.cloned();
                }
                selections(&mut inline.node.selection_set.node, inline.node.type_condition.as_ref());
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn wrap(selection: &mut Positioned<Selection>) {
    let position = selection.pos;
    let directives = std::mem::take(selection.node.directives_mut());
    let inner = SelectionSet { items: vec![Positioned::new(selection.node.clone(), position)] };
    let around = InlineFragment { type_condition: None, directives, selection_set: Positioned::new(inner, position) };
    selection.node = Selection::InlineFragment(Positioned::new(around, position));
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn only_what_stands_inside_a_condition_is_given_it() {
        let mut document = parse_query("{ ... { a } __typename @skip(if: true) ... on A { ... { ... { a { ... { b } } } } } }").unwrap();
        write_out(&mut document);
        let (_, operation) = document.operations.iter().next().unwrap();
        let mut found = Vec::new();
        let mut open = vec![&operation.node.selection_set.node];
        while let Some(set) = open.pop() {
            for selection in &set.items {
                match &selection.node {
                    Selection::InlineFragment(inline) => {
                        found.push(inline.node.type_condition.as_ref().map(|on| on.node.on.node.to_string()));
                        open.push(&inline.node.selection_set.node);
                    }
                    Selection::Field(field) => open.push(&field.node.selection_set.node),
                    Selection::FragmentSpread(_) => {}
                }
            }
        }
        let on = || Some("A".to_owned());
        assert_eq!(found, [None, None, on(), on(), on(), None]);
    }
}
