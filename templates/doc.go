// Package templates owns Latchkey's words and what they look like: the mails
// (mail/), the pages (pages/), and what both say in each language (words/). All of it
// is embedded in the program and can be replaced from disk: a mail's or page's file by
// one of the same name, words message by message, and a language may be added.
//
// There is one structure for all mails and one for all pages: the files under mail/
// and pages/ say where something stands and never what it says, words/LOCALE.yaml says
// it and never where. So a mail has the same parts in every language, and its text and
// its HTML the same words.
//
// It parses and renders; it decides nothing. What a mail may say is MailFacts, who
// gets one is package mailer's business, and when a page is shown is package
// handlers'.
package templates
