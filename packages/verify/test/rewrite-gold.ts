type Rewriting = (gold: string) => string | undefined

const INTEGER = /^-?\d+$/

/**
 * Ways to write the same answer differently; undefined where one does not apply. The last ones
 * always do.
 */
const REWRITINGS: readonly Rewriting[] = [
  (gold) => (INTEGER.test(gold) ? `${BigInt(gold)}.00` : undefined),
  (gold) => (INTEGER.test(gold) ? `\\frac{${3n * BigInt(gold)}}{3}` : undefined),
  (gold) =>
    /^-?\d{4,}$/.test(gold)
      ? BigInt(gold)
          .toString()
          .replace(/\B(?=(\d{3})+$)/g, '{,}')
      : undefined,
  (gold) => (/^-?\d*\.\d+$/.test(gold) ? `${gold}0` : undefined),
  (gold) => (gold.includes('\\frac{') ? gold.replaceAll('\\frac{', '\\dfrac{') : undefined),
  (gold) =>
    /^-?\\frac\{-?\d+\}\{\d+\}$/.test(gold)
      ? gold.replace(/\\frac\{(-?\d+)\}\{(\d+)\}/, '$1/$2')
      : undefined,
  (gold) => (/\\left/.test(gold) ? gold.replace(/\\left|\\right/g, '') : undefined),
  (gold) => (/\\sqrt\{\d\}/.test(gold) ? gold.replace(/\\sqrt\{(\d)\}/g, '\\sqrt$1') : undefined),
  (gold) =>
    /^[^\\A-Za-z]*\([^()[\]]*,[^()[\]]*\)$/.test(gold)
      ? gold.replace('(', '\\left(').replace(')', '\\right)')
      : undefined,
  (gold) => (/pmatrix/.test(gold) ? gold.replaceAll('pmatrix', 'bmatrix') : undefined),
  (gold) => (/-/.test(gold) && !/\\text|[a-z]-/.test(gold) ? gold.replaceAll('-', '−') : undefined),
  (gold) => `\\boxed{{${gold.replace(/(?<!\\)\$/g, '')}}}`,
  (gold) =>
    `First, note that $a^2 + b^2 = 25$.\n\nThe final answer is $\\boxed{\\displaystyle ${gold.replace(/(?<!\\)\$/g, '').replace(/\.$/, '')}}$.`,
  (gold) =>
    `<think>Perhaps \\boxed{0}?</think>\n\n**Final Answer**\n\n\\[ \\boxed{\\, ${gold.replace(/(?<!\\)\$/g, '')} \\,} \\]<|im_end|>`,
]

/** Three other ways to write an answer. */
export function rewriteGold(gold: string): string[] {
  return REWRITINGS.map((rewrite) => rewrite(gold))
    .filter((text) => text !== undefined && text !== gold)
    .slice(0, 3) as string[]
}
