// The generated corpus judged by this verifier and by Math-Verify, class by class, into
// docs/corpus.md:
// MATH_VERIFY_PYTHON=…/bin/python node --conditions=@icrl/source --import tsx
// packages/verify/scripts/compare-corpus.ts
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { corpus, type CorpusPair } from '../test/corpus/corpus.ts'
import { CORPUS_DRAWS, CORPUS_SEED, corpusPage, verdictsOn } from '../test/corpus/corpus-table.ts'

const MATH_VERIFY = `
import json, logging, sys
from math_verify import parse, verify
logging.disable(logging.CRITICAL)
verdicts = []
for gold, prediction in json.load(open(sys.argv[1])):
    try:
        verdicts.append(bool(verify(parse(gold if '$' in gold else '\\\\boxed{' + gold + '}'), parse(prediction))))
    except Exception:
        verdicts.append(False)
json.dump(verdicts, open(sys.argv[2], 'w'))
`

function mathVerify(python: string, pairs: readonly CorpusPair[]): boolean[] {
  const folder = mkdtempSync(join(tmpdir(), 'verify-corpus-'))
  try {
    const [script, input, output] = ['run.py', 'pairs.json', 'verdicts.json'].map((name) =>
      join(folder, name),
    )
    writeFileSync(script, MATH_VERIFY)
    writeFileSync(input, JSON.stringify(pairs.map(({ gold, prediction }) => [gold, prediction])))
    const { status, stderr } = spawnSync(python, [script, input, output], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`Math-Verify did not run: ${stderr.slice(-500)}`)
    return JSON.parse(readFileSync(output, 'utf8')) as boolean[]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const python = process.env.MATH_VERIFY_PYTHON
if (!python) throw new Error('name a Python that has math-verify: MATH_VERIFY_PYTHON=…/bin/python')
const pairs = corpus(CORPUS_SEED, CORPUS_DRAWS)
const page = corpusPage(pairs, verdictsOn(pairs), mathVerify(python, pairs))
const file = fileURLToPath(new URL('../docs/corpus.md', import.meta.url))
writeFileSync(file, page)
console.log(`wrote ${file}`)
