/** Commands that only space, size or style what follows. */
export const IGNORED_COMMANDS: ReadonlySet<string> = new Set([
  'left', 'right', 'big', 'Big', 'bigg', 'Bigg', 'bigl', 'Bigl', 'biggl', 'Biggl', 'bigr', 'Bigr', 'biggr', 'Biggr', 'bigm', 'middle', 'displaystyle', 'textstyle', 'scriptstyle', 'limits', 'nolimits',
  'boxed', 'fbox', 'framebox', 'ensuremath', 'mathstrut', 'strut', 'bf', 'rm', 'it', 'boldsymbol', 'bm', 'mathit', 'nonumber', 'notag', 'hfill', 'allowbreak', 'small', 'large', 'Large', 'normalsize', 'tt', 'emph', 'underline',
  'mathclose', 'mathopen', 'mathbin', 'mathrel', 'mathord', 'mathop', 'thinspace', 'negthinspace', 'enspace', 'medspace', 'thickspace', 'space', 'protect', 'rlap', 'mathsf', 'mathtt',
])

/** Commands dropped with their argument. */
export const DROPPED_WITH_ARGUMENT: ReadonlySet<string> = new Set(['phantom', 'hphantom', 'vphantom', 'hspace', 'vspace', 'label', 'tag', 'color', 'textcolor', 'kern'])

/** Commands whose argument is text. */
export const TEXT_COMMANDS: ReadonlySet<string> = new Set(['text', 'mbox', 'hbox', 'textbf', 'textit', 'textrm', 'textnormal', 'textsf', 'texttt', 'textup', 'mathrm', 'operatorname', 'textsc', 'mathbf', 'mathcal', 'mathbb', 'unit', 'si'])

/** Commands that are another way to write a mark. */
export const COMMAND_MARKS: ReadonlyMap<string, string> = new Map(Object.entries({
  cdot: '*', times: '*', ast: '*', bullet: '*', div: '/', slash: '/', le: '<=', leq: '<=', leqslant: '<=', leqq: '<=', ge: '>=', geq: '>=', geqslant: '>=', geqq: '>=', lt: '<', gt: '>', ne: '!=', neq: '!=',
  approx: '≈', approxeq: '≈', thickapprox: '≈', sim: '≈', simeq: '≈', doteq: '=', equiv: '≡', pm: '±', mp: '∓', cup: '∪', bigcup: '∪', cap: '∩', bigcap: '∩', setminus: '∖', smallsetminus: '∖', backslash: '∖',
  in: '∈', isin: '∈', notin: '∉', subset: '⊂', subseteq: '⊆', colon: ':', mid: 'mid', vert: '|', lvert: '|', rvert: '|', Vert: '‖', lVert: '‖', rVert: '‖', langle: '⟨', rangle: '⟩', lfloor: '⌊', rfloor: '⌋', lceil: '⌈', rceil: '⌉',
  lbrace: '\\{', rbrace: '\\}', lbrack: '[', rbrack: ']', lparen: '(', rparen: ')', land: '∧', wedge: '∧', lor: '∨', vee: '∨', to: '→', rightarrow: '→', Rightarrow: '⇒', implies: '⇒', iff: '⇔', Leftrightarrow: '⇔', prime: "'", quad: 'quad', qquad: 'quad',
  degree: '°', degrees: '°', textdegree: '°', euro: '€', pounds: '£', textdollar: '\\$', textquotesingle: "'",
}))

/** Marks of one backslash and one character; what is missing here is spacing. */
export const ESCAPED_MARKS: ReadonlyMap<string, string> = new Map(Object.entries({ '{': '\\{', '}': '\\}', '%': '%', $: '\\$', '&': 'and', '#': '#', _: '_', '|': '‖', '\\': '\\\\' }))
