//! What happened: audit-log events that were sent here, and the environment's own events.

use std::time::SystemTime;

use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::bounded::Bounded;
use crate::ids;
use crate::state::timestamp;

/// An event that an application sent to the audit log.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditLogEvent {
    pub(crate) organization_id: String,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) event: Value,
}

impl AuditLogEvent {
    /// The organization, `org_…`.
    pub fn organization_id(&self) -> &str {
        &self.organization_id
    }

    /// The `Idempotency-Key` of the request.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    /// The action, such as `widget.created`.
    pub fn action(&self) -> &str {
        self.event["action"].as_str().unwrap_or_default()
    }

    /// The whole event, as it was sent.
    pub fn event(&self) -> &Value {
        &self.event
    }
}

#[derive(Default)]
pub(crate) struct Records {
    audit_log: Mutex<Bounded<String, AuditLogEvent>>,
    events: Mutex<Bounded<String, Value>>,
}

impl Records {
    /// An event whose idempotency key came before is not stored again.
    pub(crate) fn audit(&self, event: AuditLogEvent) {
        let mut log = self.audit_log.lock();
        let key = event.idempotency_key.clone().unwrap_or_else(ids::bare);
        if log.get(&key).is_none() {
            log.insert(key, event);
        }
    }

    pub(crate) fn audit_log(&self) -> Vec<AuditLogEvent> {
        self.audit_log.lock().values().cloned().collect()
    }

    pub(crate) fn event(&self, name: &str, data: Value) {
        let id = ids::with_prefix("event");
        let mut event = json!({
            "object": "event",
            "id": id,
            "event": name,
            "created_at": timestamp(SystemTime::now()),
            "context": {},
        });
        event["data"] = data;
        self.events.lock().insert(id, event);
    }

    /// Oldest first.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.events.lock().values().cloned().collect()
    }
}
