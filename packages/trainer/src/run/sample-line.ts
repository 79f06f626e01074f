import { encodeSample, type RoleBinding, type Sample } from '@icrl/core'

/** The sample as `encodeSample` writes it, with the texts a person reads; newline included. */
export function sampleLine(sample: Sample, roles: Readonly<Record<string, RoleBinding>>): string {
  const renderer = roles[sample.keys.role]?.renderer
  const texts = renderer && {
    sampledUnder: renderer.text(sample.sampledUnder),
    ...(sample.trainedUnder !== sample.sampledUnder && {
      trainedUnder: renderer.text(sample.trainedUnder),
    }),
    response: renderer.text(sample.response),
  }
  return `${encodeSample(texts ? ({ ...sample, texts } as Sample) : sample)}\n`
}
