//! Fields that stand several times in one place are made one, as the specification executes them (CollectFields). The library resolves
//! each for itself and puts the answers together: a mutation is done twice, and where one of them fails the other's answer stays.
//!
//! Only what is there whatever the variables and the object: fields without directives, in fragments without directives that apply to
//! every object of the type around them. The rule of merging has been checked before, so the fields are the same but for what is in
//! them. What is made here runs; it is the document as it was sent that is validated.
//!
//! The library also passes over fragments on a union where the type around is another, so those are written as what they come to.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Positioned,
    parser::types::{DocumentOperations, ExecutableDocument, FragmentDefinition, InlineFragment, Selection, SelectionSet, TypeCondition},
};

use super::overlap::{Output, OutputTypes};

/// The document with each field once, and without such fragments; None when it is like that already. The work is in proportion to the written-out document.
pub(super) fn merged(document: &ExecutableDocument, types: &OutputTypes) -> Option<ExecutableDocument> {
    let mut copy = document.clone();
    let mut merger = Merger { types, fragments: &document.fragments, is_changed: false };
    let operations: Vec<_> = match &mut copy.operations {
        DocumentOperations::Single(operation) => vec![operation],
        DocumentOperations::Multiple(all) => all.values_mut().collect(),
    };
    for operation in operations {
        merger.set(&mut operation.node.selection_set.node, types.root(operation.node.ty));
    }
    for fragment in copy.fragments.values_mut() {
        merger.set(&mut fragment.node.selection_set.node, types.get(&fragment.node.type_condition.node.on.node));
    }
    merger.is_changed.then_some(copy)
}

struct Merger<'a> {
    types: &'a OutputTypes,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    is_changed: bool,
}

/// Whether objects of the type around are of a fragment's type.
#[derive(PartialEq, Eq)]
enum Applies {
    Always,
    Never,
    Sometimes,
}

impl Merger<'_> {
    /// The recursion is as deep as the guard lets selections nest.
    fn set(&mut self, set: &mut SelectionSet, parent: Option<&Output>) {
        if self.is_to_change(set, parent) {
            self.is_changed = true;
            let (mut merged, mut places) = (Vec::new(), HashMap::new());
            self.pour(std::mem::take(&mut set.items), parent, &mut merged, &mut places);
            set.items = merged;
        }
        for selection in &mut set.items {
            match &mut selection.node {
                Selection::Field(field) => {
                    let known = parent.and_then(|parent| parent.fields.get(&field.node.name.node));
                    self.set(&mut field.node.selection_set.node, known.and_then(|known| self.types.of(known)));
                }
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref();
                    let parent = on.map_or(parent, |on| self.types.get(&on.node.on.node));
                    self.set(&mut inline.node.selection_set.node, parent);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    /// Most documents are left as they are.
    fn is_to_change(&self, set: &SelectionSet, parent: Option<&Output>) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![set];
        while let Some(set) = open.pop() {
            for selection in &set.items {
                let is_plain = selection.node.directives().is_empty();
                if let Selection::Field(field) = &selection.node
                    && is_plain
                    && !seen.insert(&field.node.response_key().node)
                {
                    return true;
                }
                let Some((on, inner)) = self.inner(&selection.node) else { continue };
                if self.union(on).is_some_and(|union| parent.is_some_and(|parent| parent.name != union.name)) {
                    return true;
                }
                if is_plain && self.applies(on, parent) == Applies::Always {
                    open.push(inner);
                }
            }
        }
        false
    }

    fn pour(
        &self,
        items: Vec<Positioned<Selection>>,
        parent: Option<&Output>,
        merged: &mut Vec<Positioned<Selection>>,
        places: &mut HashMap<Name, usize>,
    ) {
        for selection in items {
            if let Some((on, inner)) = self.inner(&selection.node) {
                let inline = |on| conditional(&selection, on, inner);
                match (self.applies(on, parent), self.union(on)) {
                    (Applies::Always, _) if selection.node.directives().is_empty() => {
                        self.pour(inner.items.clone(), parent, merged, places);
                    }
                    (Applies::Always, _) => merged.push(inline(None)),
                    (Applies::Never, _) => {}
                    (Applies::Sometimes, Some(union)) => merged.extend(union.possible.iter().map(|member| inline(Some(member)))),
                    (Applies::Sometimes, None) => merged.push(selection),
                }
                continue;
            }
            let Positioned { pos, node: Selection::Field(field) } = selection else {
                merged.push(selection);
                continue;
            };
            if field.node.directives.is_empty() {
                let key = &field.node.response_key().node;
                let first = places.get(key).and_then(|place| merged.get_mut(*place));
                if let Some(Positioned { node: Selection::Field(first), .. }) = first {
                    first.node.selection_set.node.items.extend(field.node.selection_set.node.items);
                    continue;
                }
                places.insert(key.clone(), merged.len());
            }
            merged.push(Positioned::new(Selection::Field(field), pos));
        }
    }

    fn union(&self, on: Option<&Positioned<TypeCondition>>) -> Option<&Output> {
        self.types.get(&on?.node.on.node).filter(|on| !on.is_object && on.fields.is_empty())
    }

    /// Of a fragment, its condition and what is in it. None for a field, and for a spread of nothing.
    fn inner<'a>(&'a self, selection: &'a Selection) -> Option<(Option<&'a Positioned<TypeCondition>>, &'a SelectionSet)> {
        match selection {
            Selection::Field(_) => None,
            Selection::InlineFragment(inline) => Some((inline.node.type_condition.as_ref(), &inline.node.selection_set.node)),
            Selection::FragmentSpread(spread) => {
                let fragment = &self.fragments.get(&spread.node.fragment_name.node)?.node;
                Some((Some(&fragment.type_condition), &fragment.selection_set.node))
            }
        }
    }

    fn applies(&self, on: Option<&Positioned<TypeCondition>>, parent: Option<&Output>) -> Applies {
        let (Some(on), Some(parent)) = (on, parent) else {
            return if on.is_none() { Applies::Always } else { Applies::Sometimes };
        };
        let on = &on.node.on.node;
        let is_possible = || self.types.get(on).is_some_and(|on| on.possible.contains(&parent.name));
        match () {
            () if parent.name == *on || (parent.is_object && is_possible()) => Applies::Always,
            () if parent.is_object => Applies::Never,
            () => Applies::Sometimes,
        }
    }
}

/// The same as an inline fragment on another type, or on whatever is around.
fn conditional(selection: &Positioned<Selection>, on: Option<&Name>, inner: &SelectionSet) -> Positioned<Selection> {
    let at = selection.pos;
    let fragment = InlineFragment {
        type_condition: on.map(|on| Positioned::new(TypeCondition { on: Positioned::new(on.clone(), at) }, at)),
        directives: selection.node.directives().clone(),
        selection_set: Positioned::new(inner.clone(), at),
    };
    Positioned::new(Selection::InlineFragment(Positioned::new(fragment, at)), at)
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::{parse_query, parse_schema};

    use super::*;

    const SDL: &str = "
        schema { query: Query mutation: Mutation }
        type Query { pet: Pet, dog: Dog }
        type Mutation { bark: Dog }
        interface Pet { name: String, friend: Pet }
        type Dog implements Pet { name: String, friend: Pet, loud: Int }
        type Cat implements Pet { name: String, friend: Pet, quiet: Int }
        union Being = Dog | Cat
        union Small = Dog";

    /// The selections of the only operation.
    fn made(document: &str) -> Option<String> {
        let merged = merged(&parse_query(document).unwrap(), &OutputTypes::new(&parse_schema(SDL).unwrap()))?;
        let (_, operation) = merged.operations.iter().next().unwrap();
        Some(written(&operation.node.selection_set.node))
    }

    fn written(set: &SelectionSet) -> String {
        let one = |selection: &Positioned<Selection>| {
            let inner = match &selection.node {
                Selection::Field(field) => written(&field.node.selection_set.node),
                Selection::InlineFragment(inline) => written(&inline.node.selection_set.node),
                Selection::FragmentSpread(_) => String::new(),
            };
            let condition = if selection.node.directives().is_empty() { "" } else { "?" };
            let head = match &selection.node {
                Selection::Field(field) => field.node.response_key().node.to_string(),
                Selection::InlineFragment(inline) => {
                    format!("...{}", inline.node.type_condition.as_ref().map_or(String::new(), |on| on.node.on.node.to_string()))
                }
                Selection::FragmentSpread(spread) => format!("...{}", spread.node.fragment_name.node),
            };
            if inner.is_empty() { format!("{head}{condition}") } else { format!("{head}{condition} {{{inner}}}") }
        };
        set.items.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_is_always_there_is_there_once() {
        for (document, wanted) in [
            ("{ dog { name name } dog { loud } }", "dog {name loud}"),
            ("mutation { bark { name } bark { loud } }", "bark {name loud}"),
            ("{ dog { a: name b: name } ... { dog { a: name } } }", "dog {a b}"),
            ("{ dog { name } ...F } fragment F on Query { dog { loud } }", "dog {name loud}"),
            ("{ dog { name ... on Pet { name friend { name } } friend { friend { name } } } }", "dog {name friend {name friend {name}}}"),
            ("{ dog { ...F ...F } } fragment F on Being { ...G ...G } fragment G on Pet { name }", "dog {name}"),
            ("{ dog { name ... on Pet { name ... on Cat { quiet } } } }", "dog {name}"),
            ("{ pet { name ... on Pet { name } } }", "pet {name}"),
            ("{ pet { friend { name } ...F friend { name } } } fragment F on Dog { name }", "pet {friend {name} ...F}"),
            ("{ dog { ... on Being { ... on Dog { loud } ... on Cat { quiet } } } }", "dog {loud}"),
            ("{ dog { ... on Being @skip(if: false) { ... on Dog { loud } } } }", "dog {...? {...Dog {loud}}}"),
            ("{ pet { ...F } } fragment F on Small { ... on Pet { name } }", "pet {...Dog {...Pet {name}}}"),
            ("{ dog { loud } dog @skip(if: false) { loud } dog { name } }", "dog {loud name} dog? {loud}"),
        ] {
            assert_eq!(made(document).as_deref(), Some(wanted), "{document}");
        }
    }

    #[test]
    fn what_may_be_absent_is_left_alone() {
        for document in [
            "{ dog { name } dog @skip(if: false) { loud } }",
            "{ dog { name ... @include(if: true) { name } } }",
            "{ pet { name ... on Dog { name } } }",
            "{ pet { name ...F } } fragment F on Dog { name }",
            "{ dog { ...F loud } } fragment F on Dog { name }",
            "{ dog { ...Nowhere name } }",
        ] {
            assert_eq!(made(document), None, "{document}");
        }
    }
}
