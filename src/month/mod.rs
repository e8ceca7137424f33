//! A calendar month of an app's accounts: the activity model, its closed form, its simulation, and what another login
//! policy would change.
//!
//! In: the text of a month profile. Out: active users, logins by minute, the peak. Never here: I/O, money.
