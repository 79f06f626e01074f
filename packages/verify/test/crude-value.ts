/**
 * A second opinion on whether two gold answers are equal, made of string surgery and doubles alone:
 * units, names, signs of money, degree and per cent dropped; lists sorted; the rest evaluated as
 * JavaScript numbers. Equal forms are equal answers; it knows no algebra, so unequal ones say
 * nothing.
 */
export function crudeForms(answer: string): Set<string> {
  const forms = new Set<string>()
  for (const reading of readings(answer)) {
    forms.add(reading)
    const value = crudeNumber(reading)
    if (value === undefined) continue
    forms.add(`=${value.toPrecision(12)}`)
    if (/\\circ/.test(answer)) forms.add(`=${((value * Math.PI) / 180).toPrecision(12)}`)
    if (/%/.test(answer)) forms.add(`=${(value / 100).toPrecision(12)}`)
  }
  return forms
}

function readings(answer: string): string[] {
  const bare = answer
    .replace(/\\text\s*\{\s*(?:and|or)\s*\}/g, ',')
    .replace(/\b(?:and|or)\b/g, ',')
    .replace(/,\s*,/g, ',')
    .replace(/^\(?\\(?:mbox|text|textnormal)\s*\{\s*\(?([A-Za-z0-9]+)\)?\s*\}\)?$/, '$1')
    .replace(/\\(?:mbox|text|textnormal)\s*\{[^{}]*\}(?:\^\d)?/g, '')
    .replace(/\\[dtc]frac/g, '\\frac')
    .replace(/\\frac\s*(\d)\s*(\d)/g, '\\frac{$1}{$2}')
    .replace(/\\frac\s*(\d)\s*\{/g, '\\frac{$1}{')
    .replace(/(\\frac\s*\{[^{}]*\})\s*(\d)/g, '$1{$2}')
    .replace(/\\frac\{([^{}]*)\}\{([^{}]*)\}/g, '(($1)/($2))')
    .replace(/\\sqrt\s*(\d)/g, '\\sqrt{$1}')
    .replace(/\\left|\\right|\\[!,;: ]|[\s$]|\^\{?\\circ\}?|\\?%|\\\$|(?:units|ways)\.?|\.$/g, '')
    .replace(/_\{?\d+\}?$/, '')
    .replace(/\{,\}|,(?=\d{3}(?!\d))(?<=^\d{1,3},|^\d{1,3}(?:,\d{3})+,)/g, '')
    .replace(/^\\!/, '')
  const unnamed = bare.replace(/^[A-Za-z](?:\([a-z]\))?=/, '').replace(/([a-z])\1*=(?=[^=]*$)/g, '')
  const items = unnamed
    .replace(/^[({]|[)}]$/g, '')
    .split(',')
    .sort()
    .join(',')
  return [bare, unnamed, items, unnamed.replaceAll(':', '/'), unnamed.replace(/[nz]/g, 'x')]
}

function crudeNumber(text: string): number | undefined {
  const plain = text.replace(/^\((.*)\)$/, '$1')
  const mixed = /^(-?\d+)\(\((\d+)\)\/\((\d+)\)\)$/.exec(text)
  if (mixed) return Number(mixed[1]) + Number(mixed[2]) / Number(mixed[3])
  const fraction = /^(-?)\(?\(?(-?[\d.]+)\)?\/\(?(-?[\d.]+)\)?\)?$/.exec(plain)
  if (fraction) return (fraction[1] === '-' ? -1 : 1) * (Number(fraction[2]) / Number(fraction[3]))
  const ofPi = /^\(\((\d*)\\pi\)\/\((\d+)\)\)$/.exec(text)
  if (ofPi) return (Number(ofPi[1] || 1) * Math.PI) / Number(ofPi[2])
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?$/.test(plain) ? Number(plain) : undefined
}
