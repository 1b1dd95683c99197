//! The types that fields can have, read from the schema's SDL. Those of introspection are not in it: what is asked of them is
//! compared by names and arguments alone.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name,
    parser::types::{BaseType, FieldDefinition, OperationType, ServiceDocument, TypeKind, TypeSystemDefinition},
};

use crate::graphql::coerce::Input;

/// Objects, interfaces and unions.
pub(in crate::graphql) struct OutputTypes {
    types: HashMap<Name, Output>,
    query: Name,
    mutation: Name,
    subscription: Name,
}

pub(in crate::graphql) struct Output {
    pub(in crate::graphql) name: Name,
    /// Neither an interface nor a union.
    pub(in crate::graphql) is_object: bool,
    /// The objects that an interface or a union stands for.
    pub(in crate::graphql) possible: HashSet<Name>,
    pub(in crate::graphql) fields: HashMap<Name, Shape>,
}

/// A field: its arguments, and its form in the answer: lists and nulls around a leaf, or around an object of whatever type.
pub(in crate::graphql) struct Shape {
    /// One character for each list and each `!`, from the outside in.
    wrapping: String,
    named: Name,
    is_leaf: bool,
    pub(in crate::graphql) arguments: HashMap<Name, Input>,
}

impl Shape {
    fn of(field: &FieldDefinition, composite: &HashMap<&Name, Vec<&FieldDefinition>>) -> Self {
        let mut wrapping = String::new();
        let mut ty = &field.ty.node;
        loop {
            if !ty.nullable {
                wrapping.push('!');
            }
            match &ty.base {
                BaseType::List(item) => {
                    wrapping.push('[');
                    ty = item;
                }
                BaseType::Named(name) => {
                    let arguments = field.arguments.iter().map(|argument| (argument.node.name.node.clone(), Input::new(&argument.node)));
                    let is_leaf = !composite.contains_key(name);
                    return Self { wrapping, named: name.clone(), is_leaf, arguments: arguments.collect() };
                }
            }
        }
    }

    pub fn is_like(&self, other: &Self) -> bool {
        let is_same_leaf = if self.is_leaf || other.is_leaf { self.named == other.named } else { true };
        is_same_leaf && self.wrapping == other.wrapping
    }
}

impl OutputTypes {
    pub(in crate::graphql) fn new(document: &ServiceDocument) -> Self {
        let mut roots = ["Query", "Mutation", "Subscription"].map(Name::new);
        let mut fields: HashMap<&Name, Vec<&FieldDefinition>> = HashMap::new();
        let mut objects = HashSet::new();
        let mut possible: HashMap<&Name, HashSet<Name>> = HashMap::new();
        for definition in &document.definitions {
            match definition {
                TypeSystemDefinition::Type(definition) => {
                    let found = match &definition.node.kind {
                        TypeKind::Object(object) => {
                            for implemented in &object.implements {
                                possible.entry(&implemented.node).or_default().insert(definition.node.name.node.clone());
                            }
                            objects.insert(&definition.node.name.node);
                            &object.fields[..]
                        }
                        TypeKind::Interface(interface) => &interface.fields[..],
                        TypeKind::Union(union) => {
                            let members = union.members.iter().map(|member| member.node.clone());
                            possible.entry(&definition.node.name.node).or_default().extend(members);
                            &[]
                        }
                        TypeKind::Scalar | TypeKind::Enum(_) | TypeKind::InputObject(_) => continue,
                    };
                    fields.entry(&definition.node.name.node).or_default().extend(found.iter().map(|field| &field.node));
                }
                TypeSystemDefinition::Schema(schema) => {
                    let named = [&schema.node.query, &schema.node.mutation, &schema.node.subscription];
                    for (root, named) in roots.iter_mut().zip(named) {
                        if let Some(named) = named {
                            *root = named.node.clone();
                        }
                    }
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        let shapes = |all: &[&FieldDefinition]| -> HashMap<Name, Shape> {
            all.iter().map(|field| (field.name.node.clone(), Shape::of(field, &fields))).collect()
        };
        let output = |(name, all): (&&Name, &Vec<&FieldDefinition>)| Output {
            name: (*name).clone(),
            is_object: objects.contains(name),
            possible: possible.get(name).cloned().unwrap_or_default(),
            fields: shapes(all),
        };
        let types = fields.iter().map(output).map(|output| (output.name.clone(), output)).collect();
        let [query, mutation, subscription] = roots;
        Self { types, query, mutation, subscription }
    }

    pub(in crate::graphql) fn get(&self, name: &Name) -> Option<&Output> {
        self.types.get(name)
    }

    pub(in crate::graphql) fn of(&self, shape: &Shape) -> Option<&Output> {
        self.types.get(&shape.named)
    }

    pub(in crate::graphql) fn root(&self, of: OperationType) -> Option<&Output> {
        self.get(match of {
            OperationType::Query => &self.query,
            OperationType::Mutation => &self.mutation,
            OperationType::Subscription => &self.subscription,
        })
    }
}
