package config

import "latchkey/session"

// file is config.yaml as it is written: the yaml tags are the keys, and a test holds
// config.yaml and docs/configuration.md against them. Sections tagged reload are
// read again on SIGHUP; the others need a restart.
type file struct {
	Server    serverSection    `yaml:"server"`
	Database  databaseSection  `yaml:"database"`
	Keys      keysSection      `yaml:"keys"`
	SMTP      smtpSection      `yaml:"smtp"`
	Sender    senderSection    `yaml:"sender" reload:"true"`
	Limits    limitsSection    `yaml:"limits" reload:"true"`
	Templates templatesSection `yaml:"templates"`
	Log       logSection       `yaml:"log" reload:"true"`
	Projects  []projectSection `yaml:"projects" reload:"true"`
}

type serverSection struct {
	Listen         string   `yaml:"listen"`
	PublicURL      string   `yaml:"public_url"`
	TrustedProxies []string `yaml:"trusted_proxies"`
	MetricsListen  string   `yaml:"metrics_listen"`
	ShutdownDelay  int      `yaml:"shutdown_delay_seconds"`
}

type databaseSection struct {
	URL     string `yaml:"url"`
	Migrate bool   `yaml:"migrate"`
}

type keysSection struct {
	File string `yaml:"file"`
	Text string `yaml:"text"`
}

type smtpSection struct {
	URL                   string         `yaml:"url"`
	TLS                   string         `yaml:"tls"`
	CAFile                string         `yaml:"ca_file"`
	Auth                  string         `yaml:"auth"`
	Fallbacks             []relaySection `yaml:"fallbacks"`
	HeloName              string         `yaml:"helo_name"`
	Senders               int            `yaml:"senders"`
	MailsPerConnection    int            `yaml:"mails_per_connection"`
	ConnectionIdleSeconds int            `yaml:"connection_idle_seconds"`
}

// relaySection may be written as its URL alone.
type relaySection struct {
	URL    string `yaml:"url" short:"true"`
	TLS    string `yaml:"tls"`
	CAFile string `yaml:"ca_file"`
	Auth   string `yaml:"auth"`
}

type senderSection struct {
	Name            string      `yaml:"name"`
	Address         string      `yaml:"address"`
	EnvelopeAddress string      `yaml:"envelope_address"`
	ReplyTo         string      `yaml:"reply_to"`
	DKIM            dkimSection `yaml:"dkim"`
}

type dkimSection struct {
	Selector string `yaml:"selector"`
	KeyFile  string `yaml:"key_file"`
	Domain   string `yaml:"domain"`
}

// In the numbers of limitsSection, 0 is no limit.
type limitsSection struct {
	MailboxBurst       int `yaml:"mailbox_burst"`
	MailboxPerHour     int `yaml:"mailbox_per_hour"`
	MailboxPerDay      int `yaml:"mailbox_per_day"`
	IPMailboxBurst     int `yaml:"ip_mailbox_burst"`
	IPMailboxPerHour   int `yaml:"ip_mailbox_per_hour"`
	IPMailboxPerDay    int `yaml:"ip_mailbox_per_day"`
	IPStartsPerMinute  int `yaml:"ip_starts_per_minute"`
	IPRedeemsPerMinute int `yaml:"ip_redeems_per_minute"`
	MailsPerMinute     int `yaml:"mails_per_minute"`
	Replicas           int `yaml:"replicas"`
}

type templatesSection struct {
	Dir string `yaml:"dir"`
}

type logSection struct {
	Level string `yaml:"level"`
}

type projectSection struct {
	ID                      string            `yaml:"id"`
	Name                    string            `yaml:"name"`
	Secrets                 []string          `yaml:"secrets"`
	PublicToken             string            `yaml:"public_token"`
	AllowedOrigins          []string          `yaml:"allowed_origins"`
	NativeApps              bool              `yaml:"native_apps"`
	RedirectURLs            []redirectSection `yaml:"redirect_urls"`
	PKCE                    string            `yaml:"pkce"`
	EmailDomains            []string          `yaml:"email_domains"`
	LoginExpirationMinutes  int               `yaml:"login_expiration_minutes"`
	SignupExpirationMinutes int               `yaml:"signup_expiration_minutes"`
	InviteExpirationMinutes int               `yaml:"invite_expiration_minutes"`
	Code                    bool              `yaml:"code"`
	Locale                  string            `yaml:"locale"`
	MailsPerMinute          int               `yaml:"mails_per_minute"`
	Brand                   brandSection      `yaml:"brand"`
	SignInURL               string            `yaml:"sign_in_url"`
	Sender                  senderSection     `yaml:"sender"`
	Doors                   []string          `yaml:"doors"`
	JWTAlgorithm            string            `yaml:"jwt_algorithm"`
}

type brandSection struct {
	Logo     string `yaml:"logo"`
	LogoDark string `yaml:"logo_dark"`
	Accent   string `yaml:"accent"`
}

// redirectSection may be written as its URL alone.
type redirectSection struct {
	URL string   `yaml:"url" short:"true"`
	For []string `yaml:"for"`
}

const defaultKeyFile = "./data/master.key"

// setDefaults is called before the file's keys are filled in. keys.file has its
// default elsewhere: it has none beside keys.text.
func (f *file) setDefaults() {
	f.Server.Listen = "127.0.0.1:8080"
	f.Database = databaseSection{URL: "sqlite:./data/latchkey.db", Migrate: true}
	f.SMTP = smtpSection{Senders: 4, MailsPerConnection: 2000, ConnectionIdleSeconds: 30}
	f.Limits = limitsSection{
		MailboxBurst: 5, MailboxPerHour: 10, MailboxPerDay: 30,
		IPMailboxBurst: 3, IPMailboxPerHour: 4, IPMailboxPerDay: 10,
		IPStartsPerMinute: 20, IPRedeemsPerMinute: 60,
		Replicas: 1,
	}
	f.Log.Level = "info"
}

func (p *projectSection) setDefaults() {
	p.PKCE = pkceRequired
	p.LoginExpirationMinutes = 60
	p.SignupExpirationMinutes = 7 * 24 * 60
	p.InviteExpirationMinutes = 7 * 24 * 60
	p.Code = true
	p.Locale = "en"
	p.JWTAlgorithm = session.DefaultAlgorithm
}
