/** The guides, in the order of the sidebar: file under `guide/`, and title. */
export const GUIDES: readonly (readonly [file: string, title: string])[] = [
  ['getting-started', 'Getting started'],
  ['ttl-grace-bound', 'TTL, grace and bound'],
  ['invalidation', 'Invalidation'],
  ['redis', 'Redis: Cluster, Sentinel, managed'],
  ['operating', 'Operating'],
  ['security', 'Security'],
  ['migrating', 'Migrating'],
  ['backup', 'Backup and disaster'],
  ['roll-out', 'Rolling out'],
]
