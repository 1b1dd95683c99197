//! Somebody who uses the API over HTTP.

use serde_json::{Value, json};

/// Everybody's password in the tests.
pub const PASSWORD: &str = "a keel of quiet lanterns";

#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
    pub refresh_token: String,
    /// The account's global id; empty for anonymous clients.
    pub id: String,
    pub email: String,
}

/// A whole answer, good or bad.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    /// The code of the first error.
    #[track_caller]
    pub fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("no error: {}", self.body))
    }
}

impl Client {
    pub fn anonymous(http: reqwest::Client, url: String) -> Self {
        Self { http, url, token: None, refresh_token: String::new(), id: String::new(), email: String::new() }
    }

    /// The same client with the tokens of a `RegisterSuccess`, `LoginSuccess` or `RefreshSessionSuccess`.
    #[track_caller]
    pub fn signed_in(&self, success: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("not signed in: {success}")).to_owned();
        Self {
            token: Some(text(&success["accessToken"])),
            refresh_token: text(&success["refreshToken"]),
            id: text(&success["viewer"]["id"]),
            email: text(&success["viewer"]["email"]),
            ..self.clone()
        }
    }

    /// The access token, for sockets. Panics for anonymous clients.
    pub fn token(&self) -> &str {
        self.token.as_deref().expect("nobody is signed in")
    }

    /// The answer's data; panics when there are errors.
    pub async fn query(&self, document: &str, variables: Value) -> Value {
        let answer = self.send(document, &variables).await;
        assert!(answer.body.get("errors").is_none(), "{document}\n{variables}\n{:#}", answer.body);
        answer.body["data"].clone()
    }

    /// The whole answer.
    pub async fn query_raw(&self, document: &str, variables: Value) -> Answer {
        self.send(document, &variables).await
    }

    async fn send(&self, document: &str, variables: &Value) -> Answer {
        let mut request = self.http.post(&self.url).json(&json!({"query": document, "variables": variables}));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.unwrap();
        Answer { status: response.status().as_u16(), body: response.json().await.unwrap() }
    }
}
