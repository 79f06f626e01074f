import { train } from '@icrl/trainer'
import { buildRun, loadRunConfig } from 'icrl'
import { guessCounter } from '/work/main/examples/quickstart/src/place-guesses.ts'
for (const task of process.argv.slice(2)) {
  const loaded = await loadRunConfig(`/work/main/examples/quickstart/${task}/icrl.config.ts`)
  await using run = await buildRun(loaded, '.', { seed: 0, steps: 1 })
  const c = guessCounter()
  let first = true
  await train({ ...run.options, onSession: ({ phase, result }) => { if (phase === 'evaluation' && first) c.add(result) }, onEvaluation: ({ metrics }) => {
    if (!first) return
    first = false
    const a = metrics['eval/critique_free'], g = (metrics['eval/with_critique'] - a) / (1 - a), b = (metrics['eval/plain_retry'] - a) / (1 - a)
    console.log(task, 'accuracy', a.toFixed(3), 'blind', b.toFixed(3), 'guided', g.toFixed(3), 'w probe', metrics['calibration/probe_weight_mean'], 'guess', c.rate())
  } })
}
