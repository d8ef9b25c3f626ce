package main

// grammar is every command with its flags and arguments. What each means is said in assets/i18n/ctl.*.json, under ctl.help.
type grammar struct {
	Data        string `placeholder:"DIR" default:"${data}"`
	Facilitator string `placeholder:"SIGLA" default:"${facilitator}"`
	JSON        bool   `name:"json"`
	Lang        string `placeholder:"it|en" enum:"it,en," default:""`

	Doctor       doctorCommand       `cmd:""`
	Card         cardCommands        `cmd:""`
	Practice     practice            `cmd:""`
	Facilitators facilitatorCommands `cmd:"" name:"facilitator"`
	Site         siteCommands        `cmd:""`
	Service      serviceCommands     `cmd:""`
	Visit        visitCommands       `cmd:""`
	Exemption    exemptionCommands   `cmd:""`
	Paper        paperCommands       `cmd:""`
	Queue        queueCommands       `cmd:""`
	Journal      journalCommands     `cmd:""`
	Pack         packCommands        `cmd:""`
	Export       exportCommands      `cmd:""`
	Report       report              `cmd:""`
	Enrol        enrol               `cmd:""`
}
