// Checks every gold answer of the benchmark files against every other of the same file, and lists
// the equal pairs that a crude second opinion does not confirm, for reading by eye: node
// --conditions=@icrl/source --import tsx packages/verify/scripts/compare-golds.ts [file…]
// [--part=1/6] A part is every sixth gold answer against all of its file: math_test_5000 has four
// million pairs, ten minutes of processor time.
import { verifyMath } from '../src/verify-math.ts'
import { crudeForms } from '../test/crude-value.ts'
import { BENCHMARKS, goldAnswers } from '../test/shared-data.ts'

const files = process.argv.some((word) => BENCHMARKS.includes(word as never))
  ? BENCHMARKS.filter((name) => process.argv.includes(name))
  : BENCHMARKS

const [part, parts] = (/^--part=(\d+)\/(\d+)$/.exec(process.argv.at(-1) ?? '') ?? ['', '1', '1'])
  .slice(1)
  .map(Number)

for (const file of files) {
  const golds = goldAnswers(file)
  const forms = new Map(golds.map((gold) => [gold, crudeForms(gold)]))
  let [pairs, equal] = [0, 0]
  const unconfirmed: string[] = []
  for (const [i, gold] of golds.entries()) {
    if (i % parts !== part - 1) continue
    for (const [j, other] of golds.entries()) {
      if (i === j) continue
      pairs++
      if (!verifyMath(other, gold).correct) continue
      equal++
      const own = forms.get(gold) as Set<string>
      if (![...(forms.get(other) as Set<string>)].some((form) => own.has(form)))
        unconfirmed.push(`${gold}  ◀▶  ${other}`)
    }
  }
  console.log(
    `${file}: ${golds.length} gold answers, ${pairs} pairs, ${equal} equal, ${unconfirmed.length} not confirmed`,
  )
  for (const line of unconfirmed) console.log(`  ${line.replaceAll('\n', '⏎')}`)
}
