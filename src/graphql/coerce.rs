//! Variables, checked and coerced before anything runs, as the specification wants it (CoerceVariableValues): the library looks at
//! them only where they are used. The types are read from the schema's own SDL.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Value, Variables,
    parser::types::{BaseType, InputValueDefinition, OperationDefinition, ServiceDocument, Type, TypeKind, TypeSystemDefinition},
};

use super::refusal::Refusal;
use crate::error::Code;

/// The types that a variable can have.
pub(super) struct InputTypes(HashMap<Name, InputType>);

enum InputType {
    Int,
    Float,
    String,
    Boolean,
    Id,
    /// What the platform itself defines; whoever uses the value reads it.
    Scalar,
    Enum(HashSet<Name>),
    Object(InputObject),
}

struct InputObject {
    fields: HashMap<Name, Input>,
    one_of: bool,
}

/// What an argument or a field of an input takes.
pub(super) struct Input {
    pub ty: Type,
    pub has_default: bool,
}

impl Input {
    pub(super) fn new(definition: &InputValueDefinition) -> Self {
        Self { ty: definition.ty.node.clone(), has_default: definition.default_value.is_some() }
    }
}

impl InputTypes {
    pub(super) fn new(document: ServiceDocument) -> Self {
        let built_in =
            [("Int", InputType::Int), ("Float", InputType::Float), ("String", InputType::String), ("Boolean", InputType::Boolean)];
        let mut types: HashMap<Name, InputType> = built_in.into_iter().map(|(name, ty)| (Name::new(name), ty)).collect();
        types.insert(Name::new("ID"), InputType::Id);
        for definition in document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let ty = match definition.node.kind {
                TypeKind::Scalar => InputType::Scalar,
                TypeKind::Enum(defined) => InputType::Enum(defined.values.into_iter().map(|value| value.node.value.node).collect()),
                TypeKind::InputObject(defined) => InputType::Object(InputObject {
                    one_of: definition.node.directives.iter().any(|directive| directive.node.name.node == "oneOf"),
                    fields: defined.fields.iter().map(|field| (field.node.name.node.clone(), Input::new(&field.node))).collect(),
                }),
                TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_) => continue,
            };
            types.entry(definition.node.name.node).or_insert(ty);
        }
        Self(types)
    }

    /// A field of the input object that this type is, in lists or not; and whether the object has but one.
    pub(super) fn field(&self, of: &BaseType, name: &Name) -> Option<(&Input, bool)> {
        let object = self.input_object(of)?;
        object.fields.get(name).map(|field| (field, object.one_of))
    }

    /// Of an input object, or lists of it.
    pub(super) fn is_object(&self, base: &BaseType) -> bool {
        self.input_object(base).is_some()
    }

    fn input_object(&self, of: &BaseType) -> Option<&InputObject> {
        let mut base = of;
        while let BaseType::List(item) = base {
            base = &item.base;
        }
        match base {
            BaseType::Named(named) => match self.0.get(named)? {
                InputType::Object(object) => Some(object),
                _ => None,
            },
            BaseType::List(_) => None,
        }
    }

    /// The variables that the operation declares, each of its type or its default; what it does not declare is left out. BAD_USER_INPUT names the
    /// first that is missing, GRAPHQL_VALIDATION_FAILED the first that does not fit.
    pub(super) fn coerce(&self, operation: &OperationDefinition, mut given: Variables) -> Result<Variables, Refusal> {
        let mut coerced = Variables::default();
        for definition in &operation.variable_definitions {
            let (name, wanted) = (&definition.node.name.node, &definition.node.var_type.node);
            let value = given.remove(name);
            let refused = |code, problem: &str| Refusal::new(code, format!("The variable {problem}.")).at(definition.pos);
            match value {
                // The library forgets defaults where a variable decides whether a field is there.
                None if definition.node.default_value.is_some() => {
                    coerced.insert(name.clone(), definition.node.default_value().cloned().unwrap_or_default());
                }
                None if wanted.nullable => {}
                None => return Err(refused(Code::BadUserInput, &format!("${name} of the type {wanted} was not given"))),
                Some(Value::Null) if !wanted.nullable => {
                    return Err(refused(Code::BadUserInput, &format!("${name} of the type {wanted} must not be null")));
                }
                Some(value) => {
                    let mut place = vec![format!("${name}")];
                    let value = self.value(value, wanted, &mut place);
                    let problem = |problem: String| format!("{} {problem}", place.concat());
                    let value = value.map_err(|told| refused(Code::GraphqlValidationFailed, &problem(told)))?;
                    coerced.insert(name.clone(), value);
                }
            }
        }
        Ok(coerced)
    }

    /// On an error `place` says where it is. The recursion is as deep as the type lets lists and objects nest, and the parameters'
    /// own nesting is bounded.
    fn value(&self, value: Value, wanted: &Type, place: &mut Vec<String>) -> Result<Value, String> {
        if value == Value::Null {
            return if wanted.nullable { Ok(value) } else { Err(format!("of the type {wanted} must not be null")) };
        }
        match (&wanted.base, value) {
            (BaseType::List(item), Value::List(items)) => {
                let mut coerced = Vec::with_capacity(items.len());
                for (number, each) in items.into_iter().enumerate() {
                    place.push(format!("[{number}]"));
                    coerced.push(self.value(each, item, place)?);
                    place.pop();
                }
                Ok(Value::List(coerced))
            }
            // One item stands for a list of it.
            (BaseType::List(item), single) => Ok(Value::List(vec![self.value(single, item, place)?])),
            (BaseType::Named(name), value) => match self.0.get(name) {
                Some(ty) => self.named(value, (name, ty), place),
                // The validator says that there is no such type.
                None => Ok(value),
            },
        }
    }

    fn named(&self, value: Value, (name, ty): (&Name, &InputType), place: &mut Vec<String>) -> Result<Value, String> {
        let fits = match (ty, &value) {
            (InputType::Object(object), Value::Object(_)) => return self.object(value, object, place),
            (InputType::Int, Value::Number(number)) if !number.is_f64() => true,
            // 1.0 is an integer to a language that has only one kind of number.
            (InputType::Int, Value::Number(number)) => return whole(number).ok_or_else(|| format!("is {number}, which is no Int")),
            (InputType::Id, Value::Number(number)) if !number.is_f64() => return Ok(Value::String(number.to_string())),
            (InputType::Enum(values), Value::String(word)) => values.contains(word.as_str()),
            (InputType::Float, Value::Number(_))
            | (InputType::String | InputType::Id, Value::String(_))
            | (InputType::Boolean, Value::Boolean(_))
            | (InputType::Scalar, _) => true,
            _ => false,
        };
        if fits { Ok(value) } else { Err(format!("is {}, which is no {name}", shown(&value))) }
    }

    fn object(&self, value: Value, object: &InputObject, place: &mut Vec<String>) -> Result<Value, String> {
        let Value::Object(mut given) = value else { return Ok(value) };
        if let Some(unknown) = given.keys().find(|name| !object.fields.contains_key(*name)) {
            return Err(format!("has no field {unknown}"));
        }
        if object.one_of && (given.len() != 1 || given.values().any(|value| *value == Value::Null)) {
            return Err("has to have exactly one field, which is not null".to_owned());
        }
        for (name, field) in &object.fields {
            place.push(format!(".{name}"));
            match given.get_mut(name) {
                None if field.ty.nullable || field.has_default => {}
                None => return Err(format!("of the type {} was not given", field.ty)),
                Some(held) => *held = self.value(std::mem::take(held), &field.ty, place)?,
            }
            place.pop();
        }
        Ok(Value::Object(given))
    }
}

fn whole(number: &async_graphql::Number) -> Option<Value> {
    /// Above this not every integer has a float.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    let number = number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() <= EXACT_MAX)?;
    #[expect(clippy::cast_possible_truncation, reason = "it is an integer of at most 53 bits")]
    Some(Value::from(number as i64))
}

/// The beginning of a value that does not fit.
fn shown(value: &Value) -> String {
    const CHARACTERS: usize = 40;
    let text = value.to_string();
    match text.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::{parse_query, parse_schema};
    use serde_json::{Value as Json, json};

    use super::*;

    const SDL: &str = "
        scalar When
        enum Color { RED GREEN }
        input File { path: String!, mode: Int! = 7, tags: [String!] }
        input Scope @oneOf { all: Boolean, id: ID }
        directive @oneOf on INPUT_OBJECT
        type Query { a: Int }
        schema { query: Query }";

    fn coerced(ty: &str, value: &Json) -> Result<Json, String> {
        let types = InputTypes::new(parse_schema(SDL).unwrap());
        let document = parse_query(format!("query($v: {ty}) {{ a }}")).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let given = Variables::from_json(json!({"v": value, "other": 1}));
        let coerced = types.coerce(&operation.node, given).map_err(|refusal| refusal.message)?;
        assert!(!coerced.contains_key(&Name::new("other")));
        Ok(coerced[&Name::new("v")].clone().into_json().unwrap())
    }

    #[test]
    fn what_fits_is_taken_and_made_of_its_type() {
        for (ty, given, made) in [
            ("Int", json!(1), json!(1)),
            ("Int!", json!(2.0), json!(2)),
            ("Int", json!(null), json!(null)),
            ("Float", json!(1), json!(1)),
            ("ID!", json!(7), json!("7")),
            ("Color", json!("RED"), json!("RED")),
            ("When", json!({"any": [1]}), json!({"any": [1]})),
            ("[[Int]]", json!(1), json!([[1]])),
            ("[Int!]!", json!([1, 2]), json!([1, 2])),
            ("File!", json!({"path": "a", "tags": "one"}), json!({"path": "a", "tags": ["one"]})),
            ("Scope", json!({"id": 3}), json!({"id": "3"})),
        ] {
            assert_eq!(coerced(ty, &given), Ok(made), "{ty} of {given}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        for (ty, given, problem) in [
            ("Int", json!("1"), "The variable $v is \"1\", which is no Int."),
            ("Int", json!(1.5), "The variable $v is 1.5, which is no Int."),
            ("Int!", json!(null), "The variable $v of the type Int! must not be null."),
            ("String", json!(1), "The variable $v is 1, which is no String."),
            ("Boolean", json!("true"), "The variable $v is \"true\", which is no Boolean."),
            ("Color", json!("BLUE"), "The variable $v is \"BLUE\", which is no Color."),
            ("[Int!]", json!([1, null]), "The variable $v[1] of the type Int! must not be null."),
            ("File", json!({}), "The variable $v.path of the type String! was not given."),
            ("File", json!({"path": "a", "size": 1}), "The variable $v has no field size."),
            ("File", json!({"path": "a", "tags": ["a", 2]}), "The variable $v.tags[1] is 2, which is no String."),
            ("File", json!("path"), "The variable $v is \"path\", which is no File."),
            ("Scope", json!({}), "The variable $v has to have exactly one field, which is not null."),
            ("Scope", json!({"all": true, "id": "1"}), "The variable $v has to have exactly one field, which is not null."),
            ("Scope", json!({"all": null}), "The variable $v has to have exactly one field, which is not null."),
        ] {
            assert_eq!(coerced(ty, &given), Err(problem.to_owned()), "{ty} of {given}");
        }
    }
}
