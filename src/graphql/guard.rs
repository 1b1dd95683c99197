//! What a parsed document may cost, decided before validation: 700 bytes of fragments that spread each other twice
//! cost seconds in the validator. Each fragment is measured once and summed over the spread graph in topological
//! order, with saturating sums, so the guard's own work is linear in the document.

use std::collections::HashMap;

use async_graphql::{
    Name, Pos, Positioned,
    parser::types::{Directive, ExecutableDocument, Selection, SelectionSet},
};

use super::refusal::Refusal;
use crate::error::Code;

/// Fields after all fragments are written out in place.
pub const EXPANDED_FIELDS_MAX: usize = 2_000;
pub const SPREADS_MAX: usize = 100;
pub const ALIASES_MAX: usize = 30;
/// Root fields of one operation, fragments written out.
pub const ROOT_FIELDS_MAX: usize = 20;
/// Directives at one place.
pub const DIRECTIVES_MAX: usize = 5;

/// One definition, measured without looking into what it spreads.
#[derive(Default)]
struct Measure<'a> {
    fields: usize,
    root_fields: usize,
    spreads: Vec<&'a Name>,
    /// Spreads that are not inside a field.
    root_spreads: Vec<&'a Name>,
}

/// What the whole document holds, counted over its text.
#[derive(Default)]
struct Totals {
    aliases: usize,
    spreads: usize,
    steps: usize,
}

/// `GRAPHQL_VALIDATION_FAILED` for what costs too much; otherwise the steps it took to know.
pub fn guard(document: &ExecutableDocument) -> Result<usize, Refusal> {
    let mut totals = Totals::default();
    let mut fragments = HashMap::with_capacity(document.fragments.len());
    for (name, fragment) in &document.fragments {
        directives(&fragment.node.directives, fragment.pos)?;
        fragments.insert(name, measure(&fragment.node.selection_set.node, &mut totals)?);
    }
    let mut operations = Vec::new();
    for (_, operation) in document.operations.iter() {
        directives(&operation.node.directives, operation.pos)?;
        for variable in &operation.node.variable_definitions {
            directives(&variable.node.directives, variable.pos)?;
        }
        operations.push((operation.pos, measure(&operation.node.selection_set.node, &mut totals)?));
    }
    if totals.spreads > SPREADS_MAX {
        return Err(refused(format!("The document spreads fragments more than {SPREADS_MAX} times.")));
    }
    if totals.aliases > ALIASES_MAX {
        return Err(refused(format!("The document has more than {ALIASES_MAX} aliases.")));
    }
    let expanded = expand(&fragments, &mut totals.steps)?;
    let mut all_fields = 0_usize;
    for (position, operation) in &operations {
        let (fields, root_fields) = sum(operation, &expanded, &mut totals.steps);
        all_fields = all_fields.saturating_add(fields);
        if root_fields > ROOT_FIELDS_MAX {
            return Err(refused(format!("An operation selects more than {ROOT_FIELDS_MAX} root fields.")).at(*position));
        }
    }
    // The validator visits fragments that nothing spreads, too.
    let heaviest = expanded.values().map(|(fields, _)| *fields).max().unwrap_or(0);
    if all_fields.max(heaviest) > EXPANDED_FIELDS_MAX {
        return Err(refused(format!("The document selects more than {EXPANDED_FIELDS_MAX} fields once its fragments are written out.")));
    }
    Ok(totals.steps)
}

fn refused(message: String) -> Refusal {
    Refusal::new(Code::GraphqlValidationFailed, message)
}

fn directives(found: &[Positioned<Directive>], position: Pos) -> Result<(), Refusal> {
    if found.len() > DIRECTIVES_MAX {
        return Err(refused(format!("More than {DIRECTIVES_MAX} directives stand at one place.")).at(position));
    }
    Ok(())
}

/// Walks with its own stack; the scan has bounded the nesting, and this does not rely on it.
fn measure<'a>(root: &'a SelectionSet, totals: &mut Totals) -> Result<Measure<'a>, Refusal> {
    let mut found = Measure::default();
    let mut open = vec![(root, true)];
    while let Some((selections, at_root)) = open.pop() {
        for selection in &selections.items {
            totals.steps += 1;
            directives(selection.node.directives(), selection.pos)?;
            match &selection.node {
                Selection::Field(field) => {
                    found.fields += 1;
                    found.root_fields += usize::from(at_root);
                    totals.aliases += usize::from(field.node.alias.is_some());
                    open.push((&field.node.selection_set.node, false));
                }
                Selection::InlineFragment(inline) => open.push((&inline.node.selection_set.node, at_root)),
                Selection::FragmentSpread(spread) => {
                    totals.spreads += 1;
                    found.spreads.push(&spread.node.fragment_name.node);
                    if at_root {
                        found.root_spreads.push(&spread.node.fragment_name.node);
                    }
                }
            }
        }
    }
    Ok(found)
}

type Expanded<'a> = HashMap<&'a Name, (usize, usize)>;

/// Fields and root fields of each fragment with everything it spreads. A fragment is settled once all it spreads is;
/// what is never settled stands on a cycle.
fn expand<'a>(fragments: &HashMap<&'a Name, Measure<'a>>, steps: &mut usize) -> Result<Expanded<'a>, Refusal> {
    let mut waiting: HashMap<&Name, usize> = HashMap::new();
    let mut spread_by: HashMap<&Name, Vec<&'a Name>> = HashMap::new();
    let mut ready = Vec::new();
    for (&name, fragment) in fragments {
        let mut count = 0;
        for &spread in &fragment.spreads {
            *steps += 1;
            // A spread of nothing is the validator's to name.
            if fragments.contains_key(spread) {
                count += 1;
                spread_by.entry(spread).or_default().push(name);
            }
        }
        waiting.insert(name, count);
        if count == 0 {
            ready.push(name);
        }
    }
    let mut expanded = Expanded::new();
    while let Some(name) = ready.pop() {
        if let Some(fragment) = fragments.get(name) {
            let cost = sum(fragment, &expanded, steps);
            expanded.insert(name, cost);
        }
        for &above in spread_by.get(name).into_iter().flatten() {
            *steps += 1;
            if let Some(count) = waiting.get_mut(above) {
                *count -= 1;
                if *count == 0 {
                    ready.push(above);
                }
            }
        }
    }
    if expanded.len() < fragments.len() {
        return Err(refused("Fragments spread each other in a circle.".to_owned()));
    }
    Ok(expanded)
}

fn sum(of: &Measure<'_>, expanded: &Expanded<'_>, steps: &mut usize) -> (usize, usize) {
    let mut fields = of.fields;
    for spread in &of.spreads {
        *steps += 1;
        fields = fields.saturating_add(expanded.get(spread).map_or(0, |(fields, _)| *fields));
    }
    let mut root_fields = of.root_fields;
    for spread in &of.root_spreads {
        *steps += 1;
        root_fields = root_fields.saturating_add(expanded.get(spread).map_or(0, |(_, root_fields)| *root_fields));
    }
    (fields, root_fields)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use async_graphql::parser::parse_query;

    use super::*;

    fn verdict(document: &str) -> Result<usize, String> {
        guard(&parse_query(document).unwrap()).map_err(|refusal| refusal.message)
    }

    fn bomb(levels: usize) -> String {
        let mut document = "{ ...F0 }".to_owned();
        for level in 0..levels {
            let _ = write!(document, " fragment F{level} on Query {{ ...F{0} ...F{0} }}", level + 1);
        }
        let _ = write!(document, " fragment F{levels} on Query {{ a {{ b }} }}");
        document
    }

    #[test]
    fn a_fragment_bomb_is_refused_in_linear_work() {
        assert!(verdict(&bomb(3)).is_ok());
        let refused = verdict(&bomb(40));
        assert!(refused.as_ref().is_err_and(|message| message.contains("fields")), "{refused:?}");
        let nested = bomb(40).replace("...F0", "a { ...F0 }");
        assert!(verdict(&nested).is_err_and(|message| message.contains("fields")));
        // Four visits a selection at most: measured, linked, settled, summed.
        assert!(verdict(&bomb(3)).unwrap() <= 60);
    }

    #[test]
    fn sums_saturate() {
        let mut document = "{ a { ...F0 } }".to_owned();
        for level in 0..9 {
            let _ = write!(document, " fragment F{level} on Query {{ {} }}", format!("...F{} ", level + 1).repeat(10));
        }
        document.push_str(" fragment F9 on Query { a }");
        assert!(verdict(&document).is_err());
    }

    #[test]
    fn cycles_are_named_and_end() {
        for document in [
            "{ ...A } fragment A on Query { ...A }",
            "{ ...A } fragment A on Query { a { ...B } } fragment B on Query { a { ...A } }",
            "{ a } fragment A on Query { ...B } fragment B on Query { ...A }",
        ] {
            assert!(verdict(document).is_err_and(|message| message.contains("circle")), "{document}");
        }
        assert!(verdict("{ ...Nowhere }").is_ok(), "the validator names it");
    }

    #[test]
    fn each_limit_holds_at_its_edge() {
        let aliases = |count: usize| format!("{{ a {{ {} }} }}", (0..count).map(|n| format!("x{n}: b")).collect::<Vec<_>>().join(" "));
        assert!(verdict(&aliases(ALIASES_MAX)).is_ok());
        assert!(verdict(&aliases(ALIASES_MAX + 1)).is_err());
        let spreads = |count: usize| format!("{{ a {{ {} }} }} fragment F on A {{ b }}", "...F ".repeat(count));
        assert!(verdict(&spreads(SPREADS_MAX)).is_ok());
        assert!(verdict(&spreads(SPREADS_MAX + 1)).is_err());
        let roots = |count: usize| format!("{{ {} }}", "a ".repeat(count));
        assert!(verdict(&roots(ROOT_FIELDS_MAX)).is_ok());
        assert!(verdict(&roots(ROOT_FIELDS_MAX + 1)).is_err());
        assert!(verdict("{ ...F ...F ...F } fragment F on Query { a a a a a a a }").is_err(), "21 root fields by fragments");
        let directives = |count: usize| format!("{{ a {} }}", "@include(if: true) ".repeat(count));
        assert!(verdict(&directives(DIRECTIVES_MAX)).is_ok());
        assert!(verdict(&directives(DIRECTIVES_MAX + 1)).is_err());
        let fields = |count: usize| format!("{{ a {{ {} }} }}", "b ".repeat(count - 1));
        assert!(verdict(&fields(EXPANDED_FIELDS_MAX)).is_ok());
        assert!(verdict(&fields(EXPANDED_FIELDS_MAX + 1)).is_err());
    }
}
