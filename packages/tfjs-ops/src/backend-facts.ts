import { engine } from '@tensorflow/tfjs-core'

/** What a TensorFlow.js backend says of itself. */
export interface BackendFacts {
  /**
   * Whether row i of every operation here has the same bits whatever the other rows are, in decode
   * and in a full pass alike. Then a token's log-probability is the same in sampling, scoring and
   * training, and a policy may promise `exact`.
   */
  readonly exact: boolean
  /** The vector instructions or the architecture its kernels use. */
  readonly isa?: string
  /**
   * The generation of machines that shares the bits of its kernels, where others have other bits.
   * A run records it, and goes on there only.
   */
  readonly generation?: string
  /**
   * Whether kernels run while JavaScript goes on, so that a call may ask for much of them and does
   * not block the event loop.
   */
  readonly asynchronous?: boolean
  /**
   * Where products round what they multiply to bf16: the widest heads for which attention does so
   * too. What a pass keeps for its gradient is then kept in bf16, where nothing but products and
   * gradients reads it.
   */
  readonly bf16Heads?: number
  /** A line for the user: what makes the backend slower here than it could be. */
  readonly notice?: string
}

/** Two copies of this package share it. */
const FACTS = Symbol.for('@icrl/tfjs-ops/backendFacts')

/**
 * Facts of TensorFlow.js's own backends, which know nothing of this package. Plain `cpu` runs the
 * compositions in plain JavaScript, one sequence at a time.
 */
const KNOWN: Readonly<Record<string, BackendFacts>> = { cpu: { exact: true } }

/**
 * Says what a backend of your own promises; call it in the backend's constructor. The facts are
 * read when they are needed, so they may be getters.
 *
 * @throws TypeError if the facts do not say whether the backend is exact
 *
 * @example
 * import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
 *
 * class MyBackend extends MathBackendCPU {
 *   constructor() {
 *     super()
 *     declareBackend(this, { exact: true })
 *   }
 * }
 */
export function declareBackend(backend: object, facts: BackendFacts): void {
  if (typeof facts?.exact !== 'boolean')
    throw new TypeError(
      'declareBackend: the facts do not say whether the backend is exact; give exact: true or false',
    )
  Object.defineProperty(backend, FACTS, { value: facts, configurable: true })
}

/**
 * What the current TensorFlow.js backend says of itself. One that says nothing is not exact.
 *
 * @example
 * import { setBackend } from '@tensorflow/tfjs-core'
 *
 * await setBackend('cpu')
 * currentBackendFacts() // { exact: true }
 */
export function currentBackendFacts(): BackendFacts {
  // The first read initializes the backend, and with it the name.
  const { backend } = engine()
  const declared = (backend as { [FACTS]?: BackendFacts })[FACTS]
  return declared ?? KNOWN[engine().backendName] ?? { exact: false }
}
