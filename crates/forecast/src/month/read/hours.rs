//! When in a day app starts happen, where people are, and how long sessions last.

use super::super::{Calendar, DayShape, Zone};
use super::activity::{self, PEAK_HOUR_SHARE, SESSION};
use super::period::zone;
use jiff::tz::TimeZone;
use trtc_base::config::{FaultKind, Form, Table, Value};
use trtc_base::section;
use trtc_base::units::Micros;

/// App starts by hour of a day where nobody says: quiet at night, a slope through the day, busiest in the evening.
const HOURS: [f64; 24] = [
    2.2, 1.3, 0.9, 0.7, 0.7, 1.0, 1.8, 3.0, 4.1, 4.6, 4.8, 5.2, 5.7, 5.2, 4.8, 4.8, 5.0, 5.4, 5.9,
    6.6, 7.3, 7.4, 6.2, 4.0,
];

const SESSION_MEAN: Micros = Micros::from_secs(8 * 60);
const SESSION_MAX: Micros = Micros::from_secs(2 * 3600);

/// The most zones of a profile.
pub(super) const MOST_ZONES: usize = 64;

section! {
    /// Where a part of the people is.
    pub(super) ZONE {
        /// Their time zone, by its IANA name.
        WHERE: TimeZone = own("zone", Form::Text, zone).needed("\"Asia/Shanghai\"");
        /// How many of the people they are.
        SHARE: f64 = share("share").needed("0.5");
    }
}

pub(super) fn read(
    table: &Table<'_>,
    zones: Option<Vec<Zone>>,
    assumed: &mut Vec<String>,
) -> Option<DayShape> {
    let (hours, share) = (table.given(&activity::HOURS), table.given(&PEAK_HOUR_SHARE));
    let (mean, max) = table.read_or(&SESSION, (SESSION_MEAN, SESSION_MAX))?;
    if table.find(&SESSION).is_none() {
        assumed.push("sessions of 8 minutes on average, at most 2 hours: assumed".to_owned());
    }
    let given = hours?;
    if given.is_none() {
        assumed.push("hour-of-day curve: assumed, busiest from 20 to 22 o'clock".to_owned());
    }
    let hours = given.unwrap_or_else(|| HOURS.to_vec());
    let hours = match share? {
        None => hours,
        Some(share) => with_peak(&hours, share, table.find(&PEAK_HOUR_SHARE)?)?,
    };
    Some(DayShape {
        minutes: minutes(&hours),
        zones: zones?,
        session_mean: mean.as_secs_f64(),
        session_max: u32::try_from(max.whole_secs()).unwrap_or(u32::MAX),
    })
}

/// Where people are; all of them in the app's zone where the file says nothing.
pub(super) fn zones(value: Option<&Value<'_>>, calendar: Option<&Calendar>) -> Option<Vec<Zone>> {
    let Some(value) = value else {
        return Some(vec![Zone {
            zone: calendar?.zone().clone(),
            share: 1.0,
        }]);
    };
    let read = |item: &Value<'_>| {
        let table = item.open(&ZONE)?;
        let (zone, share) = (table.read(&WHERE), table.read(&SHARE));
        Some(Zone {
            zone: zone?,
            share: share?,
        })
    };
    let read: Vec<_> = value.list()?.iter().map(read).collect();
    let mut zones: Vec<Zone> = read.into_iter().collect::<Option<_>>()?;
    let sum: f64 = zones.iter().map(|zone| zone.share).sum();
    if sum <= 0.0 || zones.len() > MOST_ZONES {
        value.fault(
            FaultKind::WeightsForm,
            format!(
                "`zones` has {} entries whose shares sum to {sum}",
                zones.len()
            ),
            format!("give one to {MOST_ZONES} zones with shares above 0"),
        );
        return None;
    }
    for zone in &mut zones {
        zone.share /= sum;
    }
    Some(zones)
}

/// The hours made steeper or flatter, until the busiest has that share: each to a power.
fn with_peak(hours: &[f64], share: f64, value: &Value<'_>) -> Option<Vec<f64>> {
    let most = hours.iter().copied().fold(0.0, f64::max);
    let powered = |power: f64| -> Vec<f64> {
        let all: Vec<f64> = hours.iter().map(|hour| (hour / most).powf(power)).collect();
        let sum: f64 = all.iter().sum();
        all.iter().map(|hour| hour / sum).collect()
    };
    let peak = |power: f64| powered(power).iter().copied().fold(0.0, f64::max);
    let (mut flat, mut steep) = (0.0, 200.0);
    if share < peak(flat) || share > peak(steep) {
        value.fault(
            FaultKind::ImpossibleActivity,
            format!(
                "a busiest hour of {:.2}% cannot be had with these `hours`",
                share * 100.0
            ),
            format!(
                "write between {:.2}% (all hours alike) and {:.2}%, or other `hours`",
                peak(flat) * 100.0,
                peak(steep) * 100.0
            ),
        );
        return None;
    }
    for _ in 0..60 {
        let middle = f64::midpoint(flat, steep);
        if peak(middle) < share {
            flat = middle;
        } else {
            steep = middle;
        }
    }
    Some(powered(steep))
}

/// The share of each minute: a straight line from the middle of an hour to that of the next, scaled so that every hour
/// keeps its own share.
fn minutes(hours: &[f64]) -> Vec<f64> {
    let sum: f64 = hours.iter().sum();
    let mut minutes = Vec::with_capacity(1_440);
    for hour in 0..24 {
        let (before, own, after) = (hours[(hour + 23) % 24], hours[hour], hours[(hour + 1) % 24]);
        let line = |minute: u32| {
            let from_middle = (f64::from(minute) + 0.5) / 60.0 - 0.5;
            let other = if from_middle < 0.0 { before } else { after };
            own + (other - own) * from_middle.abs()
        };
        let level: Vec<f64> = (0..60).map(line).collect();
        let total: f64 = level.iter().sum();
        let scale = if total > 0.0 { own / sum / total } else { 0.0 };
        minutes.extend(level.iter().map(|level| level * scale));
    }
    minutes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hour_keeps_its_share_and_neighbouring_minutes_are_alike() {
        let minutes = minutes(&HOURS);
        let sum: f64 = HOURS.iter().sum();
        assert_eq!(minutes.len(), 1_440);
        for (hour, weight) in HOURS.iter().enumerate() {
            let got: f64 = minutes[hour * 60..(hour + 1) * 60].iter().sum();
            assert!((got - weight / sum).abs() < 1e-12, "hour {hour}: {got}");
        }
        for pair in minutes.windows(2) {
            assert!((pair[1] / pair[0] - 1.0).abs() < 0.1, "{pair:?}");
        }
    }
}
