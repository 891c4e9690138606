//! Who watches a run: bars on a terminal, plain lines elsewhere, nobody under `--quiet`.

mod bars;
mod plain;
mod words;

use std::io::IsTerminal;
use std::sync::Arc;

use coracle_build::Event;

use crate::arguments::{Global, Progress};

/// An observer and how to take its bars away before something else is printed.
pub(crate) struct Watching {
    callback: Arc<dyn Fn(&Event) + Send + Sync>,
    bars: Option<Arc<bars::Bars>>,
}

impl Watching {
    /// What the run calls.
    pub(crate) fn callback(&self) -> Arc<dyn Fn(&Event) + Send + Sync> {
        Arc::clone(&self.callback)
    }

    /// Takes the bars away.
    pub(crate) fn finish(&self) {
        if let Some(bars) = &self.bars {
            bars.finish();
        }
    }
}

/// The observer that the flags and the terminal call for.
pub(crate) fn observer(global: &Global) -> Watching {
    let wants_bars = match global.progress {
        Progress::Tty => true,
        Progress::Plain => false,
        Progress::Auto => std::io::stderr().is_terminal(),
    };
    let verbose = global.verbose;
    if global.quiet {
        return Watching {
            callback: Arc::new(|_| {}),
            bars: None,
        };
    }
    if wants_bars && !verbose {
        let bars = Arc::new(bars::Bars::new());
        let watched = Arc::clone(&bars);
        return Watching {
            callback: Arc::new(move |event| watched.see(event)),
            bars: Some(bars),
        };
    }
    Watching {
        callback: Arc::new(move |event| plain::see(event, verbose)),
        bars: None,
    }
}
