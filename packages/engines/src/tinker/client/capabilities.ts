/**
 * What a Tinker-protocol server does, where servers differ. What is not given is found out when the
 * policy is made, by measuring on a model of its own, which is unloaded then.
 */
export interface TinkerCapabilities {
  /** The form of passes: JSON (SkyRL 0.3) or protobuf (SkyRL 0.4, hosted). */
  readonly wire: 'json' | 'protobuf'
  /**
   * What the server makes of the losses of tokens: `sum` over tokens and datums, or `datum-mean`,
   * where each datum is divided by its number of tokens and the sum by that of datums.
   */
  readonly reduction: 'sum' | 'datum-mean'
  /**
   * True: a training call repeated with its number trains once.
   *
   * @defaultValue whether passes are protobuf
   */
  readonly deduplicates: boolean
  /**
   * True: weights can be loaded without the optimizer.
   *
   * @defaultValue whether passes are protobuf
   */
  readonly loadsWeightsAlone: boolean
  /**
   * True: sampling saved weights may put them in the place of those that are trained. It is safe
   * everywhere: weights then change only when no generation runs. False lets training go on while
   * generations run.
   *
   * @defaultValue true
   */
  readonly samplerSharesWeights: boolean
  /**
   * How a gradient is clipped: `server`, by its `grad_clip_norm`; or `measured`, which every server
   * can whose steps report `grad_norm`: the pass is made twice, first to know the norm. `none`
   * refuses `clipNorm`.
   *
   * @defaultValue `measured` where the norm is reported, else `none`
   */
  readonly clipping: 'server' | 'measured' | 'none'
}
