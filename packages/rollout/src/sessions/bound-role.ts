import { IcrlError, type Role, type RoleBinding } from '@icrl/core'

/** @throws `invalid-option` where the run binds no such role. */
export function boundRole(roles: Readonly<Record<string, RoleBinding>>, role: Role): RoleBinding {
  const binding = roles[role]
  if (binding) return binding
  throw new IcrlError(
    `role "${role}" is not bound: there are ${
      Object.keys(roles)
        .map((name) => `"${name}"`)
        .join(', ') || 'none'
    }.`,
    { code: 'invalid-option', remedy: `Give bindings.${role} and samplers.${role}.` },
  )
}
