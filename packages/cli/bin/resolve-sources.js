/**
 * Resolves workspace packages to their sources, as `node --conditions=@icrl/source` does, without a
 * second process.
 */
export function resolve(specifier, context, next) {
  return next(specifier, {
    ...context,
    conditions: [...new Set(['@icrl/source', ...context.conditions])],
  })
}
