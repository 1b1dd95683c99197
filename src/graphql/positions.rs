//! Whether each variable may stand where it stands (5.8.5 of the specification, All Variable Usages Are Allowed). The library has this
//! rule and never reaches it: its visitors are not told of the values inside arguments. And whether a literal is an object where an
//! input object is expected, which it does not look at.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Pos, Positioned, Value as Constant,
    parser::types::{BaseType, Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet, Type, VariableDefinition},
};
use async_graphql_value::Value;

use super::{
    coerce::{Input, InputTypes},
    literals::Arguments,
    overlap::{Output, OutputTypes},
    refusal::Refusal,
};
use crate::error::Code;

/// What stands in its place.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    ty: &'a Type,
    has_default: bool,
    /// The only field of its object, which must not be null.
    one_of: bool,
}

impl<'a> Wanted<'a> {
    fn of(input: &'a Input, one_of: bool) -> Self {
        Self { ty: &input.ty, has_default: input.has_default, one_of }
    }
}

/// What a definition holds without what it spreads.
#[derive(Default)]
struct Found<'a> {
    usages: Vec<(&'a Name, Wanted<'a>)>,
    spreads: Vec<&'a Name>,
    /// The first literal that is no object, and what is expected.
    mistake: Option<(Pos, &'a Type)>,
}

impl Found<'_> {
    fn check(&self) -> Result<(), Refusal> {
        let Some((position, wanted)) = self.mistake else { return Ok(()) };
        Err(Refusal::new(Code::GraphqlValidationFailed, format!("A value of the type {wanted} is expected.")).at(position))
    }
}

struct Types<'a> {
    inputs: &'a InputTypes,
    outputs: &'a OutputTypes,
    /// Of @skip and @include.
    condition: &'a Input,
}

/// GRAPHQL_VALIDATION_FAILED for the first variable that is not of its place's type. What the schema does not know is left to the
/// validator.
pub(super) fn check(document: &ExecutableDocument, inputs: &InputTypes, outputs: &OutputTypes) -> Result<(), Refusal> {
    let condition = Input { ty: Type { base: BaseType::Named(Name::new("Boolean")), nullable: false }, has_default: false };
    let types = Types { inputs, outputs, condition: &condition };
    let mut fragments = HashMap::with_capacity(document.fragments.len());
    for (name, fragment) in &document.fragments {
        let mut found = Found::default();
        let on = outputs.get(&fragment.node.type_condition.node.on.node);
        types.selections(&fragment.node.selection_set.node, on, &mut found);
        found.check()?;
        fragments.insert(name, found);
    }
    for (_, operation) in document.operations.iter() {
        let mut found = Found::default();
        types.selections(&operation.node.selection_set.node, outputs.root(operation.node.ty), &mut found);
        found.check()?;
        allowed(&operation.node, &found, &fragments)?;
    }
    Ok(())
}

fn allowed(operation: &OperationDefinition, root: &Found<'_>, fragments: &HashMap<&Name, Found<'_>>) -> Result<(), Refusal> {
    let defined: HashMap<&Name, &Positioned<VariableDefinition>> =
        operation.variable_definitions.iter().map(|definition| (&definition.node.name.node, definition)).collect();
    if defined.is_empty() {
        return Ok(());
    }
    let mut reached: HashSet<&Name> = HashSet::new();
    let mut open = vec![root];
    while let Some(found) = open.pop() {
        for (name, wanted) in &found.usages {
            if let Some(definition) = defined.get(name).filter(|definition| !fits(&definition.node, *wanted)) {
                let ty = &definition.node.var_type.node;
                let message = format!("The variable ${name} of the type {ty} stands where {} is expected.", wanted.ty);
                return Err(Refusal::new(Code::GraphqlValidationFailed, message).at(definition.pos));
            }
        }
        let spreads = found.spreads.iter().filter(|name| reached.insert(name));
        open.extend(spreads.filter_map(|name| fragments.get(*name)));
    }
    Ok(())
}

/// IsVariableUsageAllowed.
fn fits(definition: &VariableDefinition, wanted: Wanted<'_>) -> bool {
    let ty = &definition.var_type.node;
    if wanted.one_of && ty.nullable {
        return false;
    }
    let has_default = wanted.has_default || definition.default_value().is_some_and(|value| *value != Constant::Null);
    (wanted.ty.nullable || !ty.nullable || has_default) && is_base_compatible(&ty.base, &wanted.ty.base)
}

fn is_base_compatible(given: &BaseType, wanted: &BaseType) -> bool {
    match (given, wanted) {
        (BaseType::Named(given), BaseType::Named(wanted)) => given == wanted,
        (BaseType::List(given), BaseType::List(wanted)) => {
            (wanted.nullable || !given.nullable) && is_base_compatible(&given.base, &wanted.base)
        }
        _ => false,
    }
}

impl<'a> Types<'a> {
    /// The recursion is as deep as the scan lets brackets nest.
    fn selections(&self, set: &'a SelectionSet, parent: Option<&'a Output>, found: &mut Found<'a>) {
        for selection in &set.items {
            self.directives(selection.node.directives(), found);
            match &selection.node {
                Selection::Field(field) => {
                    let known = parent.and_then(|parent| parent.fields.get(&field.node.name.node));
                    if let Some(known) = known {
                        self.arguments(&field.node.arguments, |name| known.arguments.get(name), found);
                    }
                    let inner = known.and_then(|known| self.outputs.of(known));
                    self.selections(&field.node.selection_set.node, inner, found);
                }
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref();
                    let parent = on.map_or(parent, |on| self.outputs.get(&on.node.on.node));
                    self.selections(&inline.node.selection_set.node, parent, found);
                }
                Selection::FragmentSpread(spread) => found.spreads.push(&spread.node.fragment_name.node),
            }
        }
    }

    fn directives(&self, all: &'a [Positioned<Directive>], found: &mut Found<'a>) {
        for directive in all.iter().filter(|directive| matches!(directive.node.name.node.as_str(), "skip" | "include")) {
            self.arguments(&directive.node.arguments, |name| (*name == "if").then_some(self.condition), found);
        }
    }

    fn arguments(&self, all: &'a Arguments, input: impl Fn(&Name) -> Option<&'a Input>, found: &mut Found<'a>) {
        for (name, value) in all {
            if let Some(input) = input(&name.node) {
                self.value(&value.node, value.pos, Wanted::of(input, false), found);
            }
        }
    }

    fn value(&self, value: &'a Value, at: Pos, wanted: Wanted<'a>, found: &mut Found<'a>) {
        match value {
            Value::Variable(name) => found.usages.push((name, wanted)),
            Value::List(items) => {
                let BaseType::List(ty) = &wanted.ty.base else { return self.no_object(at, wanted, found) };
                for value in items {
                    self.value(value, at, Wanted { ty, has_default: false, one_of: false }, found);
                }
            }
            Value::Object(fields) => {
                for (name, value) in fields {
                    if let Some((input, one_of)) = self.inputs.field(&wanted.ty.base, name) {
                        self.value(value, at, Wanted::of(input, one_of), found);
                    }
                }
            }
            Value::Null => {}
            _ => self.no_object(at, wanted, found),
        }
    }

    fn no_object(&self, at: Pos, wanted: Wanted<'a>, found: &mut Found<'a>) {
        if self.inputs.is_object(&wanted.ty.base) {
            found.mistake.get_or_insert((at, wanted.ty));
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::{parse_query, parse_schema};

    use super::*;

    const SDL: &str = "
        schema { query: Query }
        type Query { int(n: Int): Int, sure(n: Int!): Query, given(n: Int! = 1): Int, list(all: [Int!]): Int, lists(all: [[Int]]!): Int
            in(x: In, all: [In!]): Int, one(of: One): Int, any(x: Any): Int }
        input In { must: Int!, may: Int, given: Int! = 2, inner: In }
        input One @oneOf { a: Int, b: Int }
        scalar Any
        directive @oneOf on INPUT_OBJECT";

    fn is_allowed(definition: &str, usage: &str) -> bool {
        let schema = parse_schema(SDL).unwrap();
        let outputs = OutputTypes::new(&schema);
        let document = format!("query({definition}) {{ ... on Query {{ sure(n: 1) {{ ...F }} }} }} fragment F on Query {{ {usage} }}");
        check(&parse_query(document).unwrap(), &InputTypes::new(schema), &outputs).is_ok()
    }

    #[test]
    fn a_variable_stands_where_its_type_does() {
        for (definition, usage) in [
            ("$v: Int", "int(n: $v)"),
            ("$v: Int!", "int(n: $v) sure(n: $v) { __typename }"),
            ("$v: Int = 3", "sure(n: $v) { __typename }"),
            ("$v: Int", "given(n: $v)"),
            ("$v: [Int!]", "list(all: $v)"),
            ("$v: [Int!]!", "list(all: $v)"),
            ("$v: Int!", "list(all: [1, $v])"),
            ("$v: Int = 1", "list(all: [$v])"),
            ("$v: [Int!]!", "lists(all: [$v])"),
            ("$v: Int", "lists(all: [[$v]])"),
            ("$v: In", "in(x: $v)"),
            ("$v: Int!", "in(x: {must: $v, inner: {must: $v}})"),
            ("$v: Int", "in(x: {must: 1, may: $v, given: $v})"),
            ("$v: Int!", "in(all: {must: $v})"),
            ("$v: Int!", "one(of: {a: $v})"),
            ("$v: String", "any(x: [$v, {y: $v}])"),
            ("$v: Boolean!", "int @skip(if: $v)"),
            ("$v: Boolean = true", "int @include(if: $v)"),
            ("$v: String", "nothing(n: $v) int(x: $v)"),
            ("$v: Int", "int(n: $v) in(x: null) any(x: 1) lists(all: [null])"),
        ] {
            assert!(is_allowed(definition, usage), "{definition} {usage}");
        }
    }

    #[test]
    fn and_nowhere_else() {
        for (definition, usage) in [
            ("$v: Int", "sure(n: $v) { __typename }"),
            ("$v: Int = null", "sure(n: $v) { __typename }"),
            ("$v: String", "int(n: $v)"),
            ("$v: [Int]", "int(n: $v)"),
            ("$v: Int", "list(all: $v)"),
            ("$v: [Int]", "list(all: $v)"),
            ("$v: Int", "list(all: [$v])"),
            ("$v: Int = null", "list(all: [$v])"),
            ("$v: [Int]", "lists(all: $v)"),
            ("$v: Int", "in(x: {must: $v})"),
            ("$v: Int", "in(x: {must: 1, inner: {must: $v}})"),
            ("$v: String", "in(x: {must: 1, given: $v})"),
            ("$v: Int", "one(of: {a: $v})"),
            ("", "in(x: RED)"),
            ("", "in(x: [{must: 1}])"),
            ("", "in(all: [{must: 1}, 2])"),
            ("", "in(x: {must: 1, inner: true})"),
            ("$v: Boolean", "int @skip(if: $v)"),
            ("$v: Boolean", "... @include(if: $v) { int }"),
            ("$v: Boolean", "__typename @include(if: $v)"),
            ("$v: Boolean = null", "int @include(if: $v)"),
        ] {
            assert!(!is_allowed(definition, usage), "{definition} {usage}");
        }
    }
}
