//! What a parsed document may cost, decided before validation: 700 bytes of fragments that spread each other twice
//! cost seconds in the validator. Each definition is measured once and summed over the spread graph in topological
//! order, with saturating sums, so the guard's own work is linear in the document.

use std::collections::HashMap;

use async_graphql::{
    Name, Pos, Positioned, Variables,
    parser::types::{Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet},
};

use super::{
    introspection::{self, Place},
    literals::{self, Size},
    refusal::Refusal,
};
use crate::error::Code;

/// Fields and fragments after all fragments are written out in place.
pub const SELECTIONS_MAX: usize = 2_000;
/// Selection sets inside each other, fragments written out: as deep the validator and the executor recurse.
pub const DEPTH_MAX: usize = 32;
pub const SPREADS_MAX: usize = 100;
pub const ALIASES_MAX: usize = 30;
/// Root fields of one operation, fragments written out.
pub const ROOT_FIELDS_MAX: usize = 20;
/// Directives at one place.
pub const DIRECTIVES_MAX: usize = 5;

/// What a document was found to hold.
#[derive(Clone, Debug, Default)]
pub struct Guarded {
    pub steps: usize,
    /// Fields and fragments of all operations, written out.
    pub selections: usize,
    /// About so many fields of the schema's description are in the answer.
    pub introspected: u64,
    literals: Size,
    /// How often each variable stands in an argument, written out.
    uses: HashMap<Name, usize>,
}

impl Guarded {
    /// Whether this variable stands in one argument alone.
    pub fn is_used_once(&self, variable: &Name) -> bool {
        self.uses.get(variable) == Some(&1)
    }

    /// About as much text as the document would have, written out.
    pub fn bytes(&self) -> usize {
        const SELECTION: usize = 16;
        const VALUE: usize = 8;
        SELECTION * self.selections + VALUE * self.literals.values + self.literals.bytes
    }

    /// BAD_USER_INPUT for coerced variables that are too large for how often they are used: the library copies them into each place.
    pub fn weigh(&self, operation: &OperationDefinition, variables: &Variables) -> Result<(), Refusal> {
        let mut all = self.literals;
        for definition in &operation.variable_definitions {
            let name = &definition.node.name.node;
            let value = variables.get(name).or_else(|| definition.node.default_value());
            if let (Some(value), Some(times)) = (value, self.uses.get(name)) {
                all.add(literals::size(value), *times);
            }
        }
        all.check().map_err(Refusal::bad_input)
    }
}

/// A spread and where it stands in its definition.
struct Spread<'a> {
    name: &'a Name,
    depth: usize,
    /// Not inside a field.
    at_root: bool,
    place: Place,
}

/// One definition, measured without looking into what it spreads.
#[derive(Default)]
struct Measure<'a> {
    selections: usize,
    literals: Size,
    variables: HashMap<&'a Name, usize>,
    spreads: Vec<Spread<'a>>,
    reach: Reach,
}

/// What a definition is once its fragments are written out; before that, what it is by itself.
#[derive(Clone, Copy, Default)]
struct Reach {
    root_fields: usize,
    depth: usize,
    introspected: u64,
    lists: usize,
}

/// What the whole document holds, counted over its text.
#[derive(Default)]
struct Totals {
    aliases: usize,
    spreads: usize,
    steps: usize,
}

/// `GRAPHQL_VALIDATION_FAILED` or `COST_EXCEEDED` for what costs too much.
pub fn guard(document: &ExecutableDocument) -> Result<Guarded, Refusal> {
    let mut totals = Totals::default();
    let mut fragments = HashMap::with_capacity(document.fragments.len());
    for (name, fragment) in &document.fragments {
        let mut found = Measure::default();
        directives(&fragment.node.directives, fragment.pos, &mut found, &mut totals)?;
        let place = Place::on(&fragment.node.type_condition.node.on.node);
        measure(&fragment.node.selection_set.node, place, &mut found, &mut totals)?;
        fragments.insert(name, found);
    }
    let mut operations = Vec::new();
    for (_, operation) in document.operations.iter() {
        let mut found = Measure::default();
        directives(&operation.node.directives, operation.pos, &mut found, &mut totals)?;
        for variable in &operation.node.variable_definitions {
            directives(&variable.node.directives, variable.pos, &mut found, &mut totals)?;
        }
        measure(&operation.node.selection_set.node, Place::default(), &mut found, &mut totals)?;
        operations.push((operation.pos, found));
    }
    if totals.spreads > SPREADS_MAX {
        return Err(refused(format!("The document spreads fragments more than {SPREADS_MAX} times.")));
    }
    if totals.aliases > ALIASES_MAX {
        return Err(refused(format!("The document has more than {ALIASES_MAX} aliases.")));
    }
    let order = ordered(&fragments, &mut totals.steps)?;
    let mut reaches = Reaches::with_capacity(order.len());
    for &name in &order {
        let reach = reach(&fragments[name], &reaches, &mut totals.steps);
        reach.check()?;
        reaches.insert(name, reach);
    }
    let mut introspected = 0_u64;
    for (position, operation) in &operations {
        let reach = reach(operation, &reaches, &mut totals.steps);
        reach.check().map_err(|refusal| refusal.at(*position))?;
        introspected = introspected.saturating_add(reach.introspected);
        if reach.root_fields > ROOT_FIELDS_MAX {
            return Err(refused(format!("An operation selects more than {ROOT_FIELDS_MAX} root fields.")).at(*position));
        }
    }
    introspection::check(introspected, 0)?;
    let guarded = written_out(&operations, &fragments, &order, totals.steps);
    if guarded.selections > SELECTIONS_MAX {
        let message = format!("The document selects more than {SELECTIONS_MAX} fields and fragments once its fragments are written out.");
        return Err(refused(message));
    }
    guarded.literals.check().map_err(refused)?;
    Ok(Guarded { introspected, ..guarded })
}

fn refused(message: String) -> Refusal {
    Refusal::new(Code::GraphqlValidationFailed, message)
}

fn directives<'a>(all: &'a [Positioned<Directive>], position: Pos, found: &mut Measure<'a>, totals: &mut Totals) -> Result<(), Refusal> {
    if all.len() > DIRECTIVES_MAX {
        return Err(refused(format!("More than {DIRECTIVES_MAX} directives stand at one place.")).at(position));
    }
    for directive in all {
        arguments(&directive.node.arguments, found, totals);
    }
    Ok(())
}

fn arguments<'a>(all: &'a literals::Arguments, found: &mut Measure<'a>, totals: &mut Totals) {
    for (_, value) in all {
        let size = literals::literal(&value.node, |name| *found.variables.entry(name).or_default() += 1);
        totals.steps += size.values;
        found.literals.add(size, 1);
    }
}

/// Walks with its own stack; the scan has bounded the nesting, and this does not rely on it.
fn measure<'a>(root: &'a SelectionSet, place: Place, found: &mut Measure<'a>, totals: &mut Totals) -> Result<(), Refusal> {
    let mut open = vec![(root, 1, true, place)];
    while let Some((selections, depth, at_root, place)) = open.pop() {
        if !selections.items.is_empty() {
            found.reach.depth = found.reach.depth.max(depth);
        }
        for selection in &selections.items {
            totals.steps += 1;
            found.selections += 1;
            directives(selection.node.directives(), selection.pos, found, totals)?;
            match &selection.node {
                Selection::Field(field) => {
                    arguments(&field.node.arguments, found, totals);
                    found.reach.root_fields += usize::from(at_root);
                    totals.aliases += usize::from(field.node.alias.is_some());
                    let inner = place.field(&field.node.name.node);
                    if inner.is_inside() {
                        found.reach.introspected = found.reach.introspected.saturating_add(place.times());
                        found.reach.lists = found.reach.lists.max(inner.lists());
                    }
                    open.push((&field.node.selection_set.node, depth + 1, false, inner));
                }
                Selection::InlineFragment(inline) => open.push((&inline.node.selection_set.node, depth + 1, at_root, place)),
                Selection::FragmentSpread(spread) => {
                    totals.spreads += 1;
                    found.spreads.push(Spread { name: &spread.node.fragment_name.node, depth, at_root, place });
                }
            }
        }
    }
    Ok(())
}

/// The fragments, each after all that it spreads. What cannot be put in this order stands on a cycle.
fn ordered<'a>(fragments: &HashMap<&'a Name, Measure<'a>>, steps: &mut usize) -> Result<Vec<&'a Name>, Refusal> {
    let mut waiting: HashMap<&Name, usize> = HashMap::new();
    let mut spread_by: HashMap<&Name, Vec<&'a Name>> = HashMap::new();
    let mut order = Vec::with_capacity(fragments.len());
    for (&name, fragment) in fragments {
        let mut count = 0;
        for spread in &fragment.spreads {
            *steps += 1;
            // A spread of nothing is the validator's to name.
            if fragments.contains_key(spread.name) {
                count += 1;
                spread_by.entry(spread.name).or_default().push(name);
            }
        }
        waiting.insert(name, count);
        if count == 0 {
            order.push(name);
        }
    }
    let mut settled = 0;
    while let Some(&name) = order.get(settled) {
        settled += 1;
        for &above in spread_by.get(name).into_iter().flatten() {
            *steps += 1;
            if let Some(count) = waiting.get_mut(above) {
                *count -= 1;
                if *count == 0 {
                    order.push(above);
                }
            }
        }
    }
    if order.len() < fragments.len() {
        return Err(refused("Fragments spread each other in a circle.".to_owned()));
    }
    Ok(order)
}

type Reaches<'a> = HashMap<&'a Name, Reach>;

impl Reach {
    fn check(&self) -> Result<(), Refusal> {
        if self.depth > DEPTH_MAX {
            return Err(refused(format!("Selections are nested deeper than {DEPTH_MAX} once fragments are written out.")));
        }
        introspection::check(self.introspected, self.lists)
    }
}

/// Of a definition all of whose fragments are settled.
fn reach(of: &Measure<'_>, settled: &Reaches<'_>, steps: &mut usize) -> Reach {
    let mut all = of.reach;
    for spread in &of.spreads {
        *steps += 1;
        let Some(fragment) = settled.get(spread.name) else { continue };
        if spread.at_root {
            all.root_fields = all.root_fields.saturating_add(fragment.root_fields);
        }
        all.depth = all.depth.max(spread.depth + fragment.depth);
        all.introspected = all.introspected.saturating_add(spread.place.times().saturating_mul(fragment.introspected));
        all.lists = all.lists.max(spread.place.lists() + fragment.lists);
    }
    all
}

/// Sums over how often each definition stands in the document when all is written out: from the operations down. The validator
/// visits fragments that nothing spreads as well.
fn written_out<'a>(
    operations: &[(Pos, Measure<'a>)],
    fragments: &HashMap<&'a Name, Measure<'a>>,
    order: &[&'a Name],
    steps: usize,
) -> Guarded {
    let mut all = Guarded { steps, ..Guarded::default() };
    let mut times: HashMap<&Name, usize> = HashMap::with_capacity(order.len());
    let from_above = order.iter().rev().map(|name| (Some(*name), &fragments[name]));
    for (name, definition) in operations.iter().map(|(_, operation)| (None, operation)).chain(from_above) {
        let here = name.and_then(|name| times.get(name).copied()).unwrap_or(1);
        all.selections = all.selections.saturating_add(here.saturating_mul(definition.selections));
        all.literals.add(definition.literals, here);
        for (variable, count) in &definition.variables {
            all.steps += 1;
            let uses = all.uses.entry((*variable).clone()).or_default();
            *uses = uses.saturating_add(here.saturating_mul(*count));
        }
        for spread in &definition.spreads {
            all.steps += 1;
            let count = times.entry(spread.name).or_default();
            *count = count.saturating_add(here);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use async_graphql::parser::parse_query;

    use super::*;

    fn verdict(document: &str) -> Result<usize, String> {
        guard(&parse_query(document).unwrap()).map(|guarded| guarded.steps).map_err(|refusal| refusal.message)
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
        let refused = verdict(&bomb(20));
        assert!(refused.as_ref().is_err_and(|message| message.contains("fields")), "{refused:?}");
        let nested = bomb(20).replace("...F0", "a { ...F0 }");
        assert!(verdict(&nested).is_err_and(|message| message.contains("fields")));
        // Four visits a selection at most: measured, linked, settled, summed.
        assert!(verdict(&bomb(3)).unwrap() <= 60);
    }

    #[test]
    fn fragments_count_even_where_there_is_no_field() {
        let refused = verdict(&bomb(20).replace("a { b }", "...Nowhere"));
        assert!(refused.as_ref().is_err_and(|message| message.contains("fields and fragments")), "{refused:?}");
        let inline = bomb(20).replace("a { b }", "... { ...Nowhere }");
        assert!(verdict(&inline).is_err());
    }

    #[test]
    fn depth_counts_through_fragments() {
        let chain = |levels: usize| {
            let fragments = (1..levels).map(|level| format!("fragment F{level} on Query {{ a {{ ...F{} }} }}", level + 1));
            format!("{{ ...F1 }} fragment F{levels} on Query {{ a }} {}", fragments.collect::<Vec<_>>().join(" "))
        };
        // The operation is one, each fragment two but the last.
        assert!(verdict(&chain(DEPTH_MAX / 2)).is_ok());
        assert!(verdict(&chain(DEPTH_MAX / 2 + 1)).is_err_and(|message| message.contains("deeper")));
    }

    #[test]
    fn values_count_in_each_of_their_places() {
        let list = |items: usize, spreads: usize| {
            format!("{{ {} }} fragment F on Query {{ a {{ b(x: [{}]) }} }}", "...F ".repeat(spreads), "1 ".repeat(items))
        };
        assert!(verdict(&list(200, 20)).is_ok());
        assert!(verdict(&list(400, 20)).is_err_and(|message| message.contains("values")));
        let text = format!("{{ {} }} fragment F on Query {{ a(x: \"{}\") }}", "...F ".repeat(18), "x".repeat(60_000));
        assert!(verdict(&text).is_err_and(|message| message.contains("KiB")));

        let document =
            parse_query("query($v: [Int], $d: [Int] = [1, 2, 3]) { a(x: [$v, $v], y: $d) ...F ...F } fragment F on Query { b(x: $v) }");
        let document = document.unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let weighed = |items: usize| {
            let variables = Variables::from_json(serde_json::json!({"v": vec![1; items]}));
            guard(&document).unwrap().weigh(&operation.node, &variables)
        };
        // Four uses of a list and its items; six values are there without it, and the default is four.
        let items = (literals::VALUES_MAX - 6 - 4) / 4 - 1;
        assert!(weighed(items).is_ok());
        assert!(weighed(items + 1).is_err_and(|refusal| refusal.code == Code::BadUserInput));
    }

    #[test]
    fn introspection_is_counted_and_goes_in_no_circles() {
        let counted =
            |document: &str| guard(&parse_query(document).unwrap()).map(|found| found.introspected).map_err(|refusal| refusal.code);
        assert_eq!(counted("{ a { fields { types } } }"), Ok(0), "only below __schema and __type");
        assert_eq!(counted("{ __type(name: \"A\") { fields { name } } }"), Ok(1 + 1 + 6));
        assert_eq!(counted("{ __type(name: \"A\") { ...F } } fragment F on __Type { fields { name } }"), Ok(1 + 1 + 6));
        let circle =
            |times: usize| format!("{{ __schema {{ types {{ {} name {} }} }} }}", "fields { type {".repeat(times), "} }".repeat(times));
        assert!(counted(&circle(introspection::LISTS_MAX)).is_ok());
        assert_eq!(counted(&circle(introspection::LISTS_MAX + 1)), Err(Code::CostExceeded));
        let spread = "{ __schema { types { ...F } } } fragment F on __Type { fields { type { ...G } } } \
            fragment G on __Type { fields { type { ...H } } } fragment H on __Type { possibleTypes { name } }";
        assert_eq!(counted(spread), Err(Code::CostExceeded));
        let wide = format!("{{ __schema {{ types {{ {} }} }} }}", "fields { type { fields { name } } } ".repeat(60));
        assert_eq!(counted(&wide), Err(Code::CostExceeded));
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
        assert!(verdict(&fields(SELECTIONS_MAX)).is_ok());
        assert!(verdict(&fields(SELECTIONS_MAX + 1)).is_err());
    }
}
