import type { ChainRun, Critique, CurvePoint, StepFigures } from '../src/train-chain.ts'

/** What the page tells its worker. */
export type Request =
  | {
      readonly kind: 'start'
      readonly critique: Critique
      readonly seed: number
      readonly steps: number
      readonly questions?: number
    }
  | { readonly kind: 'stop' }

/** What the worker tells the page. */
export type Reply =
  | { readonly kind: 'point'; readonly point: CurvePoint }
  | { readonly kind: 'step'; readonly figures: StepFigures }
  | { readonly kind: 'done'; readonly run: ChainRun }
  | { readonly kind: 'failed'; readonly message: string }
