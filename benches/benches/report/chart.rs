//! The chart of the README: what a guard adds to an async call.

use std::fmt::Write;

use resilience_benches::{Case, Mode, Subject};

use super::{figures::Figures, results::nanos};

/// What stands in the chart: the case, what it is called there, and a peer beside the fastest one.
const GROUPS: [(Case, &str, &str); 6] = [
    (Case::Closed, "circuit breaker, closed", "tower-resilience"),
    (Case::RetryFirst, "retry, not needed", "backon-macros"),
    (Case::RateLimit, "rate limit, permitted", "tower-resilience"),
    (Case::Bulkhead, "bulkhead, place free", "tower, concurrency limit"),
    (Case::Timeout, "timeout, ready at once", "tokio, `timeout`"),
    (Case::Stack, "all five layers", "tower-resilience, five layers"),
];
/// Ours, the fastest peer, another one.
const BARS: f64 = 3.0;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 250.0;
const RIGHT: f64 = 60.0;
const TOP: f64 = 64.0;
const BAR: f64 = 15.0;
const GAP: f64 = 14.0;
/// The scale goes from half a nanosecond to two microseconds.
const LEAST: f64 = 0.5;
const MOST: f64 = 2_000.0;

/// The chart as an SVG that a light and a dark page can show.
pub(crate) fn draw(figures: &Figures) -> String {
    let groups = f64::from(u32::try_from(GROUPS.len()).expect("a few"));
    let height = TOP + groups * (BARS * BAR + GAP + 18.0) + 12.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-label=\"Nanoseconds that a guard adds to an async call\">\n{STYLE}"
    );
    text(&mut svg, 0.0, 16.0, "title", "Nanoseconds that a guard adds to an async call");
    text(
        &mut svg,
        0.0,
        34.0,
        "small",
        "One thread, success; shorter is better. Logarithmic: each line is ten times the last.",
    );
    for line in [1.0, 10.0, 100.0, 1_000.0] {
        let x = at(line);
        let _ =
            writeln!(svg, "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{height}\"/>");
        let _ = writeln!(
            svg,
            "<text class=\"small\" x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{line} ns</text>",
            TOP - 6.0
        );
    }
    let mut y = TOP + 4.0;
    for (case, title, other) in GROUPS {
        y += 14.0;
        text(&mut svg, 0.0, y, "group", title);
        y += 4.0;
        let best = figures.best_peer(case, Mode::Async).map_or(Subject::Peer(other), |best| best.row.subject);
        for subject in [Subject::Attribute, best, Subject::Peer(other)] {
            if let Some(added) =
                figures.get(case, Mode::Async, subject).and_then(|figure| figures.added(figure))
            {
                bar(&mut svg, y, subject, added);
            }
            y += BAR;
        }
        y += GAP;
    }
    svg.push_str("</svg>\n");
    svg
}

const STYLE: &str = "<style>
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; font-size: 15px; }
.group { font-weight: 600; }
.small { font-size: 11px; fill: #59636e; }
.grid { stroke: #d1d9e0; stroke-width: 1; }
.ours { fill: #1a7f37; }
.peer { fill: #818b98; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; }
  .small { fill: #9198a1; }
  .grid { stroke: #3d444d; }
  .ours { fill: #3fb950; }
  .peer { fill: #656c76; }
}
</style>
";

fn bar(svg: &mut String, y: f64, subject: Subject, added: f64) {
    let (class, name) = match subject {
        Subject::Attribute => ("ours", String::from("resilience")),
        other => ("peer", other.to_string().replace('`', "")),
    };
    let end = at(added);
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>",
        LEFT - 8.0,
        y + 11.0
    );
    let width = (end - LEFT).max(1.0);
    let _ = writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{LEFT}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\" rx=\"2\"/>",
        y + 2.0,
        BAR - 4.0,
    );
    text(svg, LEFT + width + 6.0, y + 11.0, "figure", &nanos(added));
}

/// Where a number of nanoseconds lies.
fn at(added: f64) -> f64 {
    let share = (added.clamp(LEAST, MOST) / LEAST).log10() / (MOST / LEAST).log10();
    LEFT + share * (WIDTH - LEFT - RIGHT)
}

fn text(svg: &mut String, x: f64, y: f64, class: &str, text: &str) {
    let _ = writeln!(svg, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>");
}
