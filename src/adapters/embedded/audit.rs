//! The audit trail, searched.

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use watchtower_core::{
    domain::event::Event,
    ports::store::{EventQuery, Page, Window},
};

use super::{
    fault::Fault,
    page::{self, Place},
    picture::json,
};

pub(super) async fn search(
    connection: &mut SqliteConnection,
    query: &EventQuery,
    window: &Window,
) -> Result<Page<Event>, Fault> {
    let after = Place::of(window)?;
    let mut select = QueryBuilder::<Sqlite>::new("select json from event where (ts, id) < (");
    select.push_bind(after.time).push(", ").push_bind(after.id).push(")");
    match query.types.as_slice() {
        [] => {}
        // Rows of one type come in order from its index; of several they are sorted.
        [one] => drop(select.push(" and type = ").push_bind(one.as_str())),
        several => drop(
            select.push(" and type in (select value from json_each(").push_bind(json(&several)).push("))"),
        ),
    }
    if let Some(key) = &query.key {
        select.push(" and key = ").push_bind(key.as_str());
    }
    if let Some(correlation) = query.correlation_id {
        select.push(" and correlation_id = ").push_bind(correlation.0);
    }
    if let Some(span) = query.span {
        select.push(" and ts >= ").push_bind(span.from.millis());
        select.push(" and ts < ").push_bind(span.to.millis());
    }
    select.push(" order by ts desc, id desc limit ").push_bind(page::wanted(window));
    let rows: Vec<String> = select.build_query_scalar().fetch_all(connection).await?;
    let items = rows.iter().map(|row| Event::from_json(row)).collect::<Result<Vec<_>, _>>()?;
    Ok(page::page(items, window, |last| Place { time: last.ts.millis(), id: last.id.0 }.cursor()))
}
