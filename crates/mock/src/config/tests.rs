//! What a mock's configuration may be.

use super::*;

fn healthy() -> MockConfig {
    MockConfig {
        apps: vec![AppConfig {
            sdk_app_id: 1,
            key: "top-secret".into(),
        }],
        ..MockConfig::default()
    }
}

#[test]
fn every_fault_is_named_at_once() {
    assert_eq!(healthy().check(), Ok(()));
    let listen = SocketAddr::from(([0, 0, 0, 0], 80));
    let bad = MockConfig {
        listen,
        apps: vec![],
        error_rate: f64::NAN,
        cut_after: 1.5,
        notices: NoticeFaults {
            twice: 0.5,
            ..NoticeFaults::default()
        },
        notice_by: NoticeBy::Close,
        heartbeat_limit: Duration::ZERO,
        ..healthy()
    };
    let faults = bad.check().unwrap_err();
    assert_eq!(
        faults,
        [
            ConfigFault::NotLoopback { listen },
            ConfigFault::NoApp,
            ConfigFault::Share { name: "error-rate" },
            ConfigFault::Share { name: "cut-after" },
            ConfigFault::TwiceByClose,
            ConfigFault::Zero {
                name: "heartbeat-limit"
            },
        ]
    );
    assert!(
        faults
            .iter()
            .all(|fault| !fault.place().is_empty() && !fault.remedy().is_empty())
    );
}

#[test]
fn an_app_needs_a_key_and_is_named_once() {
    let mut config = healthy();
    config.apps.push(AppConfig {
        sdk_app_id: 1,
        key: " ".into(),
    });
    config.apps.push(AppConfig {
        sdk_app_id: 2,
        key: "one\ntwo".into(),
    });
    assert_eq!(
        config.check().unwrap_err(),
        [
            ConfigFault::AppTwice { sdk_app_id: 1 },
            ConfigFault::NoKey { sdk_app_id: 1 },
            ConfigFault::KeyLines { sdk_app_id: 2 }
        ]
    );
}

#[test]
fn a_configuration_survives_its_json_and_a_short_one_is_filled_up() {
    let config = MockConfig {
        stalls: vec![Stall {
            at: Duration::from_secs(3),
            length: Duration::from_millis(250),
        }],
        first: Some(70001),
        ..healthy()
    };
    let json = serde_json::to_string(&config).unwrap();
    assert!(!json.contains('\n'));
    assert_eq!(serde_json::from_str::<MockConfig>(&json).unwrap(), config);
    let short = r#"{"apps": [{"sdk_app_id": 1, "key": "top-secret"}]}"#;
    assert_eq!(
        serde_json::from_str::<MockConfig>(short).unwrap(),
        healthy()
    );
}

#[test]
fn a_key_is_not_shown() {
    assert!(!format!("{:?}", healthy()).contains("top-secret"));
}
