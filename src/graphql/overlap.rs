//! Whether the fields of a document that share a place in the answer can be merged: FieldsInSetCanMerge and SameResponseShape of the
//! specification (5.3.2), which the library checks in part and field by field.
//!
//! As Simon Adameit found, one need not compare pairs: the fields of one response name form a group, and what is asked of each pair in
//! it is asked of the group at once. Two walks over the merged answer do it. In the first all fields of a response name must be of the
//! same shape; in the second those whose parents can be the same object must be the same field with the same arguments.
//!
//! Field by field the first walk is linear in the written-out document. In the second a field of an abstract type is looked at with each
//! object type beside it, so the steps are counted and bounded.

mod output;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Positioned,
    parser::types::{ExecutableDocument, Field, Selection, SelectionSet},
};

use self::output::Shape;
pub(super) use self::output::{Output, OutputTypes};
use super::{literals, refusal::Refusal};
use crate::error::Code;

/// Fields looked at and values compared, for one document. A few milliseconds of work.
pub const STEPS_MAX: usize = 50_000;

/// A field, and what the schema says about it; None for what it does not know, which the validator names.
#[derive(Clone, Copy)]
struct Selected<'a> {
    field: &'a Positioned<Field>,
    parent: Option<&'a Output>,
    shape: Option<&'a Shape>,
}

impl<'a> Selected<'a> {
    fn key(self) -> &'a str {
        &self.field.node.response_key().node
    }
}

/// Selection sets whose fields stand side by side in the answer, each with the type it is on.
type Merged<'a> = Vec<(&'a SelectionSet, Option<&'a Output>)>;

/// GRAPHQL_VALIDATION_FAILED for the first fields that cannot be merged, and for a document that takes too many steps to tell;
/// otherwise the steps taken.
pub(super) fn check(document: &ExecutableDocument, types: &OutputTypes) -> Result<usize, Refusal> {
    let mut check = Check { document, types, steps: 0, compared: HashSet::new(), reached: HashSet::new() };
    for (_, operation) in document.operations.iter() {
        check.answer((&operation.node.selection_set.node, types.root(operation.node.ty)))?;
    }
    // The validator looks at what no operation reaches as well.
    for (name, fragment) in &document.fragments {
        if !check.reached.contains(name) {
            check.answer((&fragment.node.selection_set.node, types.get(&fragment.node.type_condition.node.on.node)))?;
        }
    }
    Ok(check.steps)
}

struct Check<'a> {
    document: &'a ExecutableDocument,
    types: &'a OutputTypes,
    steps: usize,
    /// Groups that the second walk has been through, by the addresses of their fields.
    compared: HashSet<Vec<usize>>,
    reached: HashSet<&'a Name>,
}

impl<'a> Check<'a> {
    fn answer(&mut self, root: (&'a SelectionSet, Option<&'a Output>)) -> Result<(), Refusal> {
        let mut open = vec![vec![root]];
        while let Some(merged) = open.pop() {
            for group in self.groups(merged)? {
                self.same_shape(&group)?;
                open.extend(self.inner(&group));
            }
        }
        let mut open = vec![vec![root]];
        while let Some(merged) = open.pop() {
            for group in self.groups(merged)? {
                for together in self.by_object(group)? {
                    self.same_field(&together)?;
                    open.extend(self.inner(&together));
                }
            }
        }
        Ok(())
    }

    fn step(&mut self, count: usize) -> Result<(), Refusal> {
        self.steps += count;
        if self.steps > STEPS_MAX {
            return Err(refused(format!("It takes more than {STEPS_MAX} steps to tell whether the document's fields can be merged.")));
        }
        Ok(())
    }

    /// The fields with fragments written out, by response name.
    fn groups(&mut self, merged: Merged<'a>) -> Result<Vec<Vec<Selected<'a>>>, Refusal> {
        let mut groups: Vec<Vec<Selected<'a>>> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut spread: HashSet<&Name> = HashSet::new();
        let mut open = merged;
        while let Some((selections, parent)) = open.pop() {
            for selection in &selections.items {
                self.step(1)?;
                match &selection.node {
                    Selection::Field(field) => {
                        let shape = parent.and_then(|parent| parent.fields.get(&field.node.name.node));
                        let selected = Selected { field, parent, shape };
                        let place = *places.entry(selected.key()).or_insert(groups.len());
                        if place == groups.len() {
                            groups.push(Vec::new());
                        }
                        groups[place].push(selected);
                    }
                    Selection::InlineFragment(inline) => {
                        let on = inline.node.type_condition.as_ref();
                        let parent = on.map_or(parent, |on| self.types.get(&on.node.on.node));
                        open.push((&inline.node.selection_set.node, parent));
                    }
                    Selection::FragmentSpread(found) => {
                        let name = &found.node.fragment_name.node;
                        // Its fields are of its own type wherever it is spread, so once is enough.
                        if let Some(fragment) = self.document.fragments.get(name)
                            && spread.insert(name)
                        {
                            self.reached.insert(name);
                            let on = self.types.get(&fragment.node.type_condition.node.on.node);
                            open.push((&fragment.node.selection_set.node, on));
                        }
                    }
                }
            }
        }
        Ok(groups)
    }

    /// What stands inside the fields of a group.
    fn inner(&self, group: &[Selected<'a>]) -> Option<Merged<'a>> {
        let selections = group.iter().filter(|selected| !selected.field.node.selection_set.node.items.is_empty());
        let of = |selected: &Selected<'a>| (&selected.field.node.selection_set.node, selected.shape.and_then(|shape| self.types.of(shape)));
        let merged: Merged<'a> = selections.map(of).collect();
        (!merged.is_empty()).then_some(merged)
    }

    /// SameResponseShape, of one response name. What has no known shape fits all, `__typename` included, as in graphql-js.
    fn same_shape(&mut self, group: &[Selected<'a>]) -> Result<(), Refusal> {
        self.step(group.len())?;
        let mut known = group.iter().filter_map(|selected| selected.shape.map(|shape| (selected, shape)));
        let Some((first, shape)) = known.next() else { return Ok(()) };
        match known.find(|(_, other)| !shape.is_like(other)) {
            Some((other, _)) => Err(conflict(*first, *other, "their types differ")),
            None => Ok(()),
        }
    }

    /// Parts of a group whose fields can belong to one object: those of each object type with those of abstract types.
    fn by_object(&mut self, group: Vec<Selected<'a>>) -> Result<Vec<Vec<Selected<'a>>>, Refusal> {
        let is_object = |selected: &Selected<'a>| selected.parent.is_some_and(|parent| parent.is_object);
        let (objects, others): (Vec<_>, Vec<_>) = group.into_iter().partition(is_object);
        let mut parts: Vec<Vec<Selected<'a>>> = Vec::new();
        let mut places: HashMap<&Name, usize> = HashMap::new();
        for selected in objects {
            let Some(parent) = selected.parent else { continue };
            let place = *places.entry(&parent.name).or_insert(parts.len());
            if place == parts.len() {
                self.step(others.len())?;
                parts.push(others.clone());
            }
            parts[place].push(selected);
        }
        if parts.is_empty() {
            parts.push(others);
        }
        parts.retain(|part| self.is_new(part));
        Ok(parts)
    }

    /// Different ways through abstract types lead to the same group.
    fn is_new(&mut self, part: &[Selected<'a>]) -> bool {
        let mut addresses: Vec<usize> = part.iter().map(|selected| std::ptr::from_ref(selected.field).addr()).collect();
        addresses.sort_unstable();
        self.compared.insert(addresses)
    }

    fn same_field(&mut self, group: &[Selected<'a>]) -> Result<(), Refusal> {
        self.step(group.len())?;
        let Some((first, others)) = group.split_first() else { return Ok(()) };
        for other in others.iter().filter(|other| !std::ptr::eq(other.field, first.field)) {
            let (one, two) = (&first.field.node, &other.field.node);
            if one.name.node != two.name.node {
                return Err(conflict(*first, *other, "they are different fields"));
            }
            self.step(two.arguments.iter().map(|(_, value)| literals::literal(&value.node, |_| ()).values).sum())?;
            let is_same = |(name, value): &(Positioned<Name>, _)| one.get_argument(&name.node) == Some(value);
            if one.arguments.len() != two.arguments.len() || !two.arguments.iter().all(is_same) {
                return Err(conflict(*first, *other, "their arguments differ"));
            }
        }
        Ok(())
    }
}

fn conflict(one: Selected<'_>, two: Selected<'_>, why: &str) -> Refusal {
    let message = format!("The fields {:?} cannot be merged: {why}. Give one of them an alias.", one.key());
    let (mut earlier, mut later) = (one.field.pos, two.field.pos);
    if (later.line, later.column) < (earlier.line, earlier.column) {
        std::mem::swap(&mut earlier, &mut later);
    }
    refused(message).at(earlier).at(later)
}

fn refused(message: String) -> Refusal {
    Refusal::new(Code::GraphqlValidationFailed, message)
}
