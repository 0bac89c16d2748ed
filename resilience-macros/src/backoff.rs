use syn::{Error, Expr, ExprAssign, ExprCall, ExprLit, Ident, Lit, Result};

use crate::{
    duration::duration,
    errors::did_you_mean,
    setting::Arg,
    value::{bare, bounds, finite, is_constant, ungroup, unknown},
};

const BACKOFFS: &[&str] = &["fixed", "linear", "exponential", "fibonacci", "decorrelated"];
const CUSTOM: &[&str] = &["retry", "Backoff", "custom"];

fn constructor(name: &str, has_factor: bool) -> &'static [&'static str] {
    match name {
        "fixed" => &["retry", "Backoff", "fixed"],
        "linear" => &["retry", "Backoff", "linear"],
        "fibonacci" => &["retry", "Backoff", "fibonacci"],
        "decorrelated" => &["retry", "Backoff", "decorrelated"],
        _ if has_factor => &["retry", "Backoff", "exponential_by"],
        _ => &["retry", "Backoff", "exponential"],
    }
}

// Input:  fixed(1s)           exponential(100ms..2s, factor = 3)   wait_for_attempt     BACKOFF
// Output: Backoff::fixed(..)  Backoff::exponential_by(.., 3.0)     Backoff::custom(..)  Value(BACKOFF).backoff()
pub(crate) fn backoff(expr: Expr) -> Result<Arg> {
    match expr {
        Expr::Call(call) => match bare(&call.func) {
            Some(name) if BACKOFFS.contains(&name.to_string().as_str()) => backoff_call(&name, call),
            Some(name) => {
                let meant = did_you_mean(&name.to_string(), BACKOFFS.iter().copied());
                Err(Error::new(name.span(), unknown("backoff", &name.to_string(), meant, BACKOFFS)))
            }
            None => Ok(Arg::Through(Expr::Call(call), "backoff")),
        },
        Expr::Path(path) => {
            let last = path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
            match path.path.get_ident() {
                Some(name) if last == "fixed" => {
                    Err(Error::new(name.span(), "`fixed` needs its delay: `fixed(1s)`"))
                }
                Some(name) if BACKOFFS.contains(&last.as_str()) => {
                    Err(Error::new(name.span(), format!("`{last}` needs its bounds: `{last}(200ms..30s)`")))
                }
                _ if is_constant(&last) => Ok(Arg::Through(Expr::Path(path), "backoff")),
                _ => Ok(Arg::Call(CUSTOM, vec![Arg::Expr(Expr::Path(path))])),
            }
        }
        Expr::Closure(closure) => Ok(Arg::Call(CUSTOM, vec![Arg::Expr(Expr::Closure(closure))])),
        Expr::Lit(lit) => Err(Error::new_spanned(
            lit,
            "expected a backoff: `fixed(1s)`, `exponential(200ms..30s)`, or a path",
        )),
        other => Ok(Arg::Through(other, "backoff")),
    }
}

fn backoff_call(name: &Ident, call: ExprCall) -> Result<Arg> {
    let paren = call.paren_token.span.join();
    let mut args = call.args.into_iter().map(ungroup);
    let delay = args.next();
    let mut values = match delay {
        Some(Expr::Range(range)) if *name != "fixed" => {
            let (least, most) = bounds(range)?;
            vec![least, most]
        }
        Some(single) if *name == "fixed" && !matches!(single, Expr::Range(_)) => vec![duration(single)?],
        _ if *name == "fixed" => return Err(Error::new(paren, "expected one delay, as in `fixed(1s)`")),
        _ => return Err(Error::new(paren, format!("expected the bounds, as in `{name}(200ms..30s)`"))),
    };
    for arg in args {
        match arg {
            Expr::Assign(ExprAssign { left, right, .. })
                if *name == "exponential"
                    && values.len() == 2
                    && bare(&left).is_some_and(|key| key == "factor") =>
            {
                values.push(factor(ungroup(*right))?);
            }
            other => {
                let message = match name.to_string().as_str() {
                    "exponential" => "expected `factor = 2`, or nothing".to_owned(),
                    _ => format!("`{name}` takes nothing else"),
                };
                return Err(Error::new_spanned(other, message));
            }
        }
    }
    Ok(Arg::Call(constructor(&name.to_string(), values.len() > 2), values))
}

fn factor(expr: Expr) -> Result<Arg> {
    match &expr {
        Expr::Lit(ExprLit { lit: Lit::Int(lit), .. }) => {
            Ok(Arg::Float(finite(lit.base10_digits(), lit.span())?, lit.span()))
        }
        Expr::Unary(_) => Err(Error::new_spanned(expr, "`factor` cannot be negative")),
        _ => Ok(Arg::Expr(expr)),
    }
}
