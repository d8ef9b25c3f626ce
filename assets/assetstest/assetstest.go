// Package assetstest has content that is small enough to read, for tests of whatever loads it. It is words alone and imports nothing,
// so that the tests of every room may have it. Only tests import it.
package assetstest

// Service is a service in order, called small, to be published, renamed, or broken one line at a time. The first line is line 1.
const Service = `id: small
version: 1
checked: 2026-11-21
title: {it: Piccolo, en: Small}
summary: {it: Un servizio piccolo, en: A small service}
facilita: {se5: [9], se6: [S]}
steps:
  - id: chip
    kind: ask
    title: {it: Il chip, en: The chip}
    citizen: {it: C'è il chip, en: Is there a chip}
    options:
      - id: "yes"
        label: {it: Sì, en: "Yes"}
        goto: page
      - id: "no"
        label: {it: "No", en: "No"}
        outcome: none
  - id: page
    kind: form
    title: {it: Pagina, en: Page}
    citizen: {it: Pagina, en: Page}
    fields:
      - id: day
        type: date
        required: true
        label: {it: Giorno, en: Day}
    next:
      - outcome: done
outcomes:
  - id: done
    class: done
    title: {it: Fatto, en: Done}
    take_home: {it: Fatto, en: Done}
  - id: none
    class: stopped
    title: {it: Niente, en: Nothing}
    take_home: {it: Niente, en: Nothing}
`
