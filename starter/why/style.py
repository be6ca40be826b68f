"""How the page of an account looks: dark or light as the reader's system is, one column on a phone."""

STYLE = """
:root{--ink:#1c2128;--dim:#5b6570;--page:#fff;--card:#f5f6f8;--rule:#d8dce1;--good:#11703a;--poor:#8a5a00;--bad:#b3261e;
--run:#2f6fdb;--queue:#e0a100;--limit:#c77700;--backoff:#c2410c;--person:#8b5cf6;--lost:#b3261e;--other:#aab2bb}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ed;--dim:#a0a9b4;--page:#14171b;--card:#1d2127;--rule:#343a42;
--good:#5fd38d;--poor:#eab94d;--bad:#ff8a80;--run:#6aa2ff;--queue:#f2c14e;--limit:#f0a04b;--backoff:#fb8b5a;
--person:#b79cff;--lost:#ff8a80;--other:#5b6570}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 3rem}
p{margin:0 0 .25rem}
h1{font-size:1.25rem;margin:0 0 .5rem;overflow-wrap:anywhere}
h2{font-size:1rem;margin:0;color:var(--dim);font-weight:600}
code{font:.9em ui-monospace,monospace;background:var(--card);border:1px solid var(--rule);border-radius:4px;
padding:.1em .4em;overflow-wrap:anywhere}
header{margin-bottom:1rem}
section{display:grid;grid-template-columns:9rem 1fr;gap:.25rem 1rem;padding:.75rem 0;border-top:1px solid var(--rule)}
section>div{min-width:0;overflow-wrap:anywhere}
.note{color:var(--dim)}.good{color:var(--good)}.poor{color:var(--poor)}.bad{color:var(--bad)}
.depth1{padding-left:1.25rem}
.outcome{font-weight:600;color:var(--bad)}.outcome.full{color:var(--good)}.outcome.running{color:var(--ink)}
.outcome.degraded,.outcome.fallback{color:var(--poor)}
dl{margin:0}dd{margin:0 0 .6rem}
.bars{width:100%;border-collapse:collapse;margin:.75rem 0 .25rem;font-size:.9rem}
.bars th{text-align:left;font-weight:400;padding:.15rem .75rem .15rem 0;width:1%;white-space:nowrap}
.bars .bar{font-size:0;line-height:0}.bars .bar i{display:inline-block;height:.9rem}
.bars .ms{text-align:right;padding-left:.75rem;width:1%;white-space:nowrap}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin:0;padding:0;
font-size:.85rem;color:var(--dim)}
.legend i{display:inline-block;width:.8em;height:.8em;margin-right:.4em}
.run_ms{background:var(--run)}.queue_ms{background:var(--queue)}.limit_ms{background:var(--limit)}
.backoff_ms{background:var(--backoff)}.person_ms{background:var(--person)}.lost_ms{background:var(--lost)}
.other_ms{background:var(--other)}
footer{margin-top:1rem;padding-top:.75rem;border-top:1px solid var(--rule);font-size:.85rem}
@media(max-width:40rem){section{grid-template-columns:1fr}}
"""
