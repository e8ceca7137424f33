//! The program from outside: what a person, a pipeline and a spreadsheet get of it, however a run ends.

mod ends;
mod mid_run;
mod offers;
mod online;
mod refusals;
mod safety;
mod secrets;
mod tickets;
mod unwritten;
