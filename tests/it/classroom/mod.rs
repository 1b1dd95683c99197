//! Groups: who joins, what an instructor sees of whom, and from when until when.

mod groups;
mod sees;

use serde_json::{Value, json};

use crate::{
    authz::set_instructor,
    support::{TestApp, client::Client},
};

const CREATE_GROUP: &str = include_str!("../../../graphql/classroom/CreateGroup.graphql");
const ROTATE_GROUP_CODE: &str = include_str!("../../../graphql/classroom/RotateGroupCode.graphql");
const DELETE_GROUP: &str = include_str!("../../../graphql/classroom/DeleteGroup.graphql");
const JOIN_GROUP: &str = include_str!("../../../graphql/classroom/JoinGroup.graphql");
const LEAVE_GROUP: &str = include_str!("../../../graphql/classroom/LeaveGroup.graphql");
const REMOVE_GROUP_MEMBER: &str = include_str!("../../../graphql/classroom/RemoveGroupMember.graphql");
const GROUPS: &str = include_str!("../../../graphql/classroom/Groups.graphql");
const GROUP: &str = include_str!("../../../graphql/classroom/Group.graphql");
const GROUP_MEMBER: &str = include_str!("../../../graphql/classroom/GroupMember.graphql");

async fn instructor(app: &TestApp, name: &str) -> Client {
    let client = app.learner(name).await;
    set_instructor(app, &client).await;
    client.again(app).await
}

/// The payload of `createGroup`.
async fn create(client: &Client, name: &str) -> Value {
    client.query(CREATE_GROUP, json!({"input": {"name": name}})).await["createGroup"].clone()
}

/// The payload of `joinGroup`.
async fn join(client: &Client, code: &Value) -> Value {
    client.query(JOIN_GROUP, json!({"input": {"invitationCode": code}})).await["joinGroup"].clone()
}

async fn group(client: &Client, id: &Value) -> Value {
    client.query(GROUP, json!({"id": id, "first": null, "after": null, "trackSlug": "python"})).await["group"].clone()
}

async fn member(client: &Client, id: &Value) -> Value {
    // A month before anybody's account was made.
    client.query(GROUP_MEMBER, json!({"id": id, "month": "2001-01", "first": 5})).await["node"].clone()
}
