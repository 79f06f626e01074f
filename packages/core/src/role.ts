/** Who speaks: `solver` and `critic` in ICRL; a method may name others. */
export type Role = 'solver' | 'critic' | (string & {})
