/** Changelogs as users read them: what the changesets say, without the commits that brought it. */
export default {
  getReleaseLine: async ({ summary }) => {
    const [first, ...rest] = summary.trim().split('\n')
    return [`- ${first}`, ...rest.map((line) => (line === '' ? '' : `  ${line}`))].join('\n')
  },
  getDependencyReleaseLine: async (_changesets, updated) => {
    if (updated.length === 0) return ''
    const names = updated.map(({ name, newVersion }) => `\`${name}\` ${newVersion}`)
    return `- Works with ${names.join(' and ')}.`
  },
}
