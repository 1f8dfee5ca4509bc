//! Queries and the pages of a list.

use serde_json::{Value, json};
use url::form_urlencoded;

use super::error::ApiError;

/// The parameters of a query.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).last()
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(known, _)| known.strip_suffix("[]").unwrap_or(known) == name)
            .map(|(_, value)| value.as_str())
    }

    /// Some SDKs write one parameter with commas, others repeat it.
    pub(super) fn many(&self, name: &str) -> Vec<&str> {
        self.all(name)
            .flat_map(|value| value.split(','))
            .filter(|value| !value.is_empty())
            .collect()
    }

    /// Whether a filter lets this value through; one that is left out does.
    pub(super) fn wants(&self, name: &str, value: &str) -> bool {
        self.get(name).is_none_or(|wanted| wanted == value)
    }
}

#[derive(PartialEq)]
enum Order {
    Ascending,
    Descending,
    /// Descending, with `before` for older records and `after` for newer ones.
    Normal,
}

/// Which part of a list is asked for.
pub(super) struct Page<'a> {
    limit: usize,
    order: Order,
    before: Option<&'a str>,
    after: Option<&'a str>,
}

impl<'a> Page<'a> {
    pub(super) fn parse(query: &'a Query) -> Result<Self, ApiError> {
        let limit = match query.get("limit").map(str::parse) {
            None => 10,
            Some(Ok(limit @ 1..=100)) => limit,
            Some(_) => return Err(ApiError::invalid("limit", "must be from 1 to 100")),
        };
        let order = match query.get("order") {
            Some("asc") => Order::Ascending,
            None | Some("desc") => Order::Descending,
            Some("normal") => Order::Normal,
            Some(_) => return Err(ApiError::invalid("order", "must be asc, desc or normal")),
        };
        Ok(Self {
            limit,
            order,
            before: query.get("before"),
            after: query.get("after"),
        })
    }

    /// The page of these records, which come with their ids, oldest first.
    pub(super) fn of(&self, records: impl IntoIterator<Item = Value>) -> Result<Value, ApiError> {
        let mut found: Vec<Value> = records.into_iter().collect();
        if self.order != Order::Ascending {
            found.reverse();
        }
        let (before, after) = match self.order {
            Order::Normal => (self.after, self.before),
            Order::Ascending | Order::Descending => (self.before, self.after),
        };
        let place = |name, cursor: &str| {
            found
                .iter()
                .position(|record| record["id"] == cursor)
                .ok_or_else(|| ApiError::invalid(name, "must be the id of a listed record"))
        };
        let (start, end) = match (before, after) {
            (Some(_), Some(_)) => {
                return Err(ApiError::invalid("before", "cannot be used with after"));
            }
            (Some(cursor), None) => {
                let end = place("before", cursor)?;
                (end.saturating_sub(self.limit), end)
            }
            (None, Some(cursor)) => {
                let start = place("after", cursor)? + 1;
                (start, found.len().min(start + self.limit))
            }
            (None, None) => (0, found.len().min(self.limit)),
        };
        let page = found.get(start..end).unwrap_or_default();
        let id = |record: &Value| record["id"].clone();
        let before = page.first().filter(|_| start > 0).map(id);
        let after = page.last().filter(|_| end < found.len()).map(id);
        let (before, after) = match self.order {
            Order::Normal => (after, before),
            Order::Ascending | Order::Descending => (before, after),
        };
        Ok(json!({
            "object": "list",
            "data": page,
            "list_metadata": { "before": before, "after": after },
        }))
    }
}
