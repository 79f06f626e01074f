import type { Critique } from '../src/train-chain.ts'
import { Curve } from './curve.ts'
import type { Reply, Request } from './messages.ts'

/** Accuracy above the start at which the curve is said to have risen. */
const RISE = 0.15
const STEPS = 30
const QUESTIONS = 64

const CRITIQUES: readonly (readonly [Critique, string, string])[] = [
  ['on', 'Critique', 'ICRL: failed attempts are criticized and revised.'],
  ['off', 'No critique', 'GRPO: attempts alone, 20 per question in place of 8.'],
  ['shuffled', 'Shuffled', 'The control: each revision sees another question’s critique.'],
]

/**
 * Shows the page in an element, and returns what takes it away again. The element's `data-steps` and
 * `data-questions` replace the usual numbers; `data-run`, `data-points` and `data-risen` say what came
 * out.
 */
export function mount(root: HTMLElement): () => void {
  root.classList.add('icrl-live')
  root.innerHTML = FORM
  const view = parts(root)
  const curve = new Curve(view.figure, STEPS)
  let worker: Worker | undefined
  const end = (): void => {
    worker?.terminate()
    worker = undefined
    root.dataset['state'] = 'idle'
    view.start.textContent = 'Train'
  }
  view.start.addEventListener('click', () => {
    if (worker) {
      worker.postMessage({ kind: 'stop' } satisfies Request)
      view.status.textContent = 'Stopping …'
      return
    }
    const critique = root.querySelector<HTMLInputElement>('input[name=critique]:checked')!
      .value as Critique
    const seed = Math.max(0, Math.floor(view.seed.valueAsNumber || 0))
    worker = begin({ root, view, curve, critique, seed, end })
    view.start.textContent = 'Stop'
    root.dataset['state'] = 'running'
  })
  return () => {
    end()
    root.replaceChildren()
  }
}

interface Beginning {
  readonly root: HTMLElement
  readonly view: ReturnType<typeof parts>
  readonly curve: Curve
  readonly critique: Critique
  readonly seed: number
  end(): void
}

function begin({ root, view, curve, critique, seed, end }: Beginning): Worker {
  const worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module' })
  const steps = Number(root.dataset['steps'] ?? STEPS)
  const questions = Number(root.dataset['questions'] ?? QUESTIONS)
  const began = performance.now()
  const seconds = (): number => (performance.now() - began) / 1000
  let [first, risen] = [Number.NaN, Number.NaN]
  curve.clear({ hasCritic: critique !== 'off', steps })
  for (const key of ['run', 'risen']) delete root.dataset[key]
  root.dataset['points'] = '[]'
  view.status.textContent = 'Loading the model …'
  const failed = (message: string): void => {
    view.status.textContent = `It failed: ${message}`
    end()
    root.dataset['state'] = 'failed'
  }
  const answers: { [Kind in Reply['kind']]: (reply: Extract<Reply, { kind: Kind }>) => void } = {
    point({ point }) {
      curve.addPoint(point)
      root.dataset['points'] = JSON.stringify(curve.points)
      if (Number.isNaN(first)) first = point.alone
      if (Number.isNaN(risen) && point.alone >= first + RISE) {
        risen = seconds()
        root.dataset['risen'] = risen.toFixed(1)
      }
      view.alone.textContent = percent(point.alone)
      view.guided.textContent = point.withCritique === undefined ? '–' : percent(point.withCritique)
      view.weight.textContent = point.meanWeight?.toFixed(2) ?? '–'
      if (point.step === 0) view.status.textContent = 'The first step …'
    },
    step({ figures }) {
      view.status.textContent = `Step ${figures.step} of ${steps}, ${figures.tokens.toLocaleString('en')} sampled tokens, seed ${seed}, ${seconds().toFixed(0)} s${
        Number.isNaN(risen) ? '' : `; risen after ${risen.toFixed(0)} s`
      }`
    },
    done({ run }) {
      root.dataset['run'] = JSON.stringify(run)
      view.status.textContent = `${run.steps} ${run.steps === 1 ? 'step' : 'steps'} in ${seconds().toFixed(0)} s, seed ${seed}${
        Number.isNaN(risen) ? '' : `; risen after ${risen.toFixed(0)} s`
      }. SHA-256 of the metrics ${run.metricsSha256.slice(0, 12)}, of the weights ${run.weightsSha256.slice(0, 12)}: the same in Node.`
      end()
    },
    failed: ({ message }) => failed(message),
  }
  worker.addEventListener('message', ({ data }: MessageEvent<Reply>) =>
    (answers[data.kind] as (reply: Reply) => void)(data),
  )
  worker.addEventListener('error', ({ message }) => failed(message || 'the worker did not start.'))
  worker.postMessage({ kind: 'start', critique, seed, steps, questions } satisfies Request)
  return worker
}

const percent = (share: number): string => `${(100 * share).toFixed(0)}%`

const FORM = `
<form onsubmit="return false">
  <fieldset>
    <legend>What the solver is told</legend>
    ${CRITIQUES.map(
      ([value, label, title], i) =>
        `<label title="${title}"><input type="radio" name="critique" value="${value}"${i === 0 ? ' checked' : ''}> ${label}</label>`,
    ).join('')}
  </fieldset>
  <label class="seed">Seed <input type="number" name="seed" min="0" step="1" value="0"></label>
  <button type="button">Train</button>
</form>
<figure></figure>
<dl>
  <div><dt>Alone</dt><dd data-of="alone">–</dd></div>
  <div><dt>With critique</dt><dd data-of="guided">–</dd></div>
  <div><dt>Mean weight w̄<sub>t</sub></dt><dd data-of="weight">–</dd></div>
</dl>
<p role="status">Nothing is fetched from elsewhere; all of it runs in this page.</p>
`

function parts(root: HTMLElement) {
  const one = <Found extends Element>(selector: string): Found =>
    root.querySelector<Found>(selector)!
  return {
    start: one<HTMLButtonElement>('button'),
    seed: one<HTMLInputElement>('input[name=seed]'),
    figure: one<HTMLElement>('figure'),
    status: one<HTMLElement>('[role=status]'),
    alone: one<HTMLElement>('[data-of=alone]'),
    guided: one<HTMLElement>('[data-of=guided]'),
    weight: one<HTMLElement>('[data-of=weight]'),
  }
}
