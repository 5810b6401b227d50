/* test_torture.c -- the messages of RFC 4475, by the name each has there: which are let
 * in, which are refused, and where we are stricter than we would have to be.
 * Bodies are shortened; they are never looked into here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/sip/message.h"
#include "signaling/sip/screen.h"

enum fate { PASSES, SCREENED, UNPARSED };

struct torture {
	const char *name;
	enum fate fate;
	enum screen_verdict verdict;
	const char *text;
};

#define VIA "Via: SIP/2.0/UDP host5.example.com;branch=z9hG4bKkdjuw\r\n"
#define COMMON                                                                                     \
	VIA "From: <sip:caller@example.net>;tag=323\r\n"                                           \
	    "To: sip:user@example.com\r\nCall-ID: x\r\n"

/* 3.1.1: valid messages. */
static const struct torture valid[] = {
	{ "wsinv", PASSES, SCREEN_PASS,
	  "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n"
	  "TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n"
	  "from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = "
	  "98asjd8\r\n"
	  "MaX-fOrWaRdS: 0068\r\n"
	  "Call-ID: wsinv.ndaksdj@192.0.2.1\r\n"
	  "Content-Length   : 5\r\n"
	  "cseq: 0009\r\n  INVITE\r\n"
	  "Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\n"
	  "s :\r\n"
	  "NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n"
	  "UnknownHeaderWithUnusualValue: ;;,,;;,;\r\n"
	  "Content-Type: application/sdp\r\n"
	  "Route:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n"
	  "v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n"
	  "  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n"
	  " z9hG4bK30239\r\n"
	  "m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n"
	  "      newvalue ;\r\n  secondparam ; q = 0.33\r\n\r\nv=0\r\n" },
	/* An octet string of control bytes in a quoted display name: valid there, refused
	 * here.  No peer sends it, and everything behind us would have to survive it. */
	{ "intmeth", SCREENED, SCREEN_CONTROL_BYTES,
	  "!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/"
	  "crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0\r\n"
	  "Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~\r\n"
	  "To: \"BEL:\\\007 DEL:\\\177\" <sip:1_unusual.URI~(to-be!sure)@example.com>\r\n"
	  "From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;tag=_token~1'+`*%!-.\r\n"
	  "Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{\r\n"
	  "CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~\r\nMax-Forwards: "
	  "255\r\n\r\n" },
	/* The same without the control bytes; nor is its method one the engine takes. */
	{ "intmeth, method", UNPARSED, SCREEN_PASS,
	  "!interesting-Method0123456789_*+`.%indeed'~ sip:h SIP/2.0\r\n" COMMON
	  "CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~\r\n\r\n" },
	{ "intmeth, tamed", PASSES, SCREEN_PASS,
	  "INTERESTING-Method0123456789 sip:1_unusual.URI~(to-be!sure)&isn't+it$/"
	  "crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0\r\n"
	  "Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~\r\n"
	  "To: \"x\" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>\r\n"
	  "From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;tag=_token~1'+`*%!-.\r\n"
	  "Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{\r\n"
	  "CSeq: 139122385 INTERESTING-Method0123456789\r\n"
	  "Max-Forwards: 255\r\nextensionHeader-!.%*+_`'~:\357\273\277\345\244\247\351\233\273\r\n"
	  "Content-Length: 0\r\n\r\n" },
	{ "esc01", PASSES, SCREEN_PASS,
	  "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0\r\n"
	  "To: sip:%75se%72@example.com\r\n"
	  "From: <sip:I%20have%20spaces@example.net>;tag=938\r\nMax-Forwards: 87\r\n"
	  "i: esc01.239409asdfakjkn23onasd0-3234\r\nCSeq: 234234 INVITE\r\n" VIA
	  "C: application/sdp\r\n"
	  "Contact:\r\n  <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>\r\n"
	  "Content-Length: 0\r\n\r\n" },
	{ "escnull", PASSES, SCREEN_PASS,
	  "REGISTER sip:example.com SIP/2.0\r\nTo: sip:null-%00-null@example.com\r\n"
	  "From: sip:null-%00-null@example.com;tag=839923423\r\nMax-Forwards: 70\r\n"
	  "Call-ID: escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd\r\nCSeq: 14398234 REGISTER\r\n" VIA
	  "Contact: <sip:%00@host5.example.com>\r\nContact: <sip:%00%00@host5.example.com>\r\n"
	  "L:0\r\n\r\n" },
	{ "esc02", PASSES, SCREEN_PASS,
	  "RE%47IST%45R sip:registrar.example.com SIP/2.0\r\n"
	  "To: \"%Z%45\" <sip:resource@example.com>\r\n"
	  "From: \"%Z%45\" <sip:resource@example.com>;tag=f232jadfj23\r\n"
	  "Call-ID: esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf\r\n"
	  "Via: SIP/2.0/TCP host.example.com;branch=z9hG4bK209%fzsnel234\r\n"
	  "CSeq: 29344 RE%47IST%45R\r\nMax-Forwards: 70\r\n"
	  "Contact: <sip:alias1@host1.example.com>\r\nC%6Fntact: <sip:alias2@host2.example.com>\r\n"
	  "Contact: <sip:alias3@host3.example.com>\r\nl: 0\r\n\r\n" },
	{ "lwsdisp", PASSES, SCREEN_PASS,
	  "OPTIONS sip:user@example.com SIP/2.0\r\nTo: sip:user@example.com\r\n"
	  "From: caller<sip:caller@example.com>;tag=323\r\nMax-Forwards: 70\r\n"
	  "Call-ID: lwsdisp.1234abcd@funky.example.com\r\nCSeq: 60 OPTIONS\r\n"
	  "Via: SIP/2.0/UDP funky.example.com;branch=z9hG4bKkdjuw\r\nl: 0\r\n\r\n" },
	{ "dblreq", PASSES, SCREEN_PASS, /* what is behind Content-Length is dropped */
	  "REGISTER sip:example.com SIP/2.0\r\nTo: sip:j.user@example.com\r\n"
	  "From: sip:j.user@example.com;tag=43251j3j324\r\nMax-Forwards: 8\r\nI: dblreq.0ha0i\r\n"
	  "Contact: sip:j.user@host.example.com\r\nCSeq: 8 REGISTER\r\n"
	  "Via: SIP/2.0/UDP 192.0.2.125;branch=z9hG4bKkdjuw23492\r\nContent-Length: 0\r\n\r\n"
	  "INVITE sip:joe@example.com SIP/2.0\r\nt: sip:joe@example.com\r\n\r\n" },
	{ "semiuri", PASSES, SCREEN_PASS,
	  "OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0\r\n"
	  "To: sip:j_user@example.com\r\nFrom: sip:caller@example.org;tag=33242\r\n"
	  "Max-Forwards: 3\r\nCall-ID: semiuri.0ha0isndaksdj\r\nCSeq: 8 OPTIONS\r\n"
	  "Accept: application/sdp, application/pkcs7-mime,\r\n        multipart/mixed\r\n"
	  "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKkdjuw\r\nl: 0\r\n\r\n" },
	{ "transports", PASSES, SCREEN_PASS,
	  "OPTIONS sip:user@example.com SIP/2.0\r\nTo: sip:user@example.com\r\n"
	  "From: <sip:caller@example.com>;tag=323\r\nMax-Forwards: 70\r\n"
	  "Call-ID:  transports.kijh4akdnaqjkwendsasfdj\r\nAccept: application/sdp\r\n"
	  "CSeq: 60 OPTIONS\r\nVia: SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw\r\n"
	  "Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf\r\n"
	  "Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj\r\n"
	  "Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en\r\n"
	  "Via: SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee\r\nl: 0\r\n\r\n" },
	{ "unreason", PASSES, SCREEN_PASS,
	  "SIP/2.0 200 = 2**3 * 5**2 \320\275\320\276 \321\201\321\202\320\276\r\n"
	  "Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923\r\n"
	  "Call-ID: unreason.1234ksdfak3j2erwedfsASdf\r\nCSeq: 35 INVITE\r\n"
	  "From: sip:user@example.com;tag=11141343\r\nTo: sip:user@example.edu;tag=2229\r\n"
	  "Content-Length: 0\r\nContact: <sip:user@host198.example.com>\r\n\r\n" },
	{ "noreason", PASSES, SCREEN_PASS,
	  "SIP/2.0 100 \r\nVia: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe\r\n"
	  "Call-ID: noreason.asndj203insdf99223ndf\r\nCSeq: 35 INVITE\r\n"
	  "From: <sip:user@example.com>;tag=39ansfi3\r\nTo: "
	  "<sip:user@example.edu>;tag=902jndnke3\r\n"
	  "Content-Length: 0\r\nContact: <sip:user@host105.example.com>\r\n\r\n" },
};

/* 3.1.2: invalid messages, and 3.3: those an application has to answer. */
static const struct torture invalid[] = {
	{ "badinv01", UNPARSED, SCREEN_PASS,
	  "INVITE sip:user@example.com SIP/2.0\r\nTo: sip:j.user@example.com\r\n"
	  "From: sip:caller@example.net;tag=134161461246\r\nMax-Forwards: 7\r\n"
	  "Call-ID: badinv01.0ha0isndaksdjasdf3234nas\r\nCSeq: 8 INVITE\r\n"
	  "Via: SIP/2.0/UDP 192.0.2.15;;,;,,\r\nContact: \"Joe\" <sip:joe@example.org>;;;;\r\n"
	  "Content-Length: 0\r\n\r\n" },
	{ "clerr", SCREENED, SCREEN_TRUNCATED,
	  "INVITE sip:user@example.com SIP/2.0\r\n" COMMON "CSeq: 8 INVITE\r\n"
	  "Content-Type: application/sdp\r\nContent-Length: 9999\r\n\r\nv=0\r\n" },
	{ "ncl", SCREENED, SCREEN_BAD_LENGTH,
	  "INVITE sip:user@example.com SIP/2.0\r\n" COMMON "CSeq: 8 INVITE\r\n"
	  "Content-Length: -999\r\n\r\nv=0\r\n" },
	{ "scalar02", SCREENED, SCREEN_BAD_CSEQ,
	  "REGISTER sip:example.com SIP/2.0\r\n" COMMON "CSeq: 36893488147419103232 REGISTER\r\n"
	  "Max-Forwards: 300\r\nExpires: 1"
	  "0000000000000000000000000000000000000000000000\r\n"
	  "Contact: <sip:user@host129.example.com>\r\n  ;expires=280297596632815\r\n"
	  "Content-Length: 0\r\n\r\n" },
	{ "scalar02, Max-Forwards", UNPARSED, SCREEN_PASS,
	  "REGISTER sip:example.com SIP/2.0\r\n" COMMON "CSeq: 3 REGISTER\r\n"
	  "Max-Forwards: 300\r\nContent-Length: 0\r\n\r\n" },
	{ "scalarlg", SCREENED, SCREEN_BAD_CSEQ,
	  "SIP/2.0 503 Service Unavailable\r\n" COMMON "CSeq: 9292394834772304023312 OPTIONS\r\n"
	  "Retry-After: 949302838503028349304023988\r\nContent-Length: 0\r\n\r\n" },
	{ "quotbal", SCREENED, SCREEN_BAD_FIELD,
	  "INVITE sip:user@example.com SIP/2.0\r\nTo: \"Mr. J. User <sip:j.user@example.com>\r\n"
	  "From: sip:caller@example.net;tag=93334\r\nMax-Forwards: 10\r\nCall-ID: quotbal.aksdj\r\n"
	  "CSeq: 8 INVITE\r\n" VIA "Content-Length: 0\r\n\r\n" },
	{ "ltgtruri", SCREENED, SCREEN_BAD_REQUEST_LINE,
	  "INVITE <sip:user@example.com> SIP/2.0\r\n" COMMON "CSeq: 1 INVITE\r\n\r\n" },
	{ "lwsruri", SCREENED, SCREEN_BAD_REQUEST_LINE,
	  "INVITE sip:user@example.com; lr SIP/2.0\r\n" COMMON "CSeq: 1 INVITE\r\n\r\n" },
	{ "lwsstart", SCREENED, SCREEN_BAD_REQUEST_LINE,
	  "INVITE  sip:user@example.com  SIP/2.0\r\n" COMMON "CSeq: 1 INVITE\r\n\r\n" },
	{ "trws", SCREENED, SCREEN_BAD_REQUEST_LINE,
	  "OPTIONS sip:remote-target@example.com SIP/2.0  \r\n" COMMON "CSeq: 1 OPTIONS\r\n\r\n" },
	/* "?Route=..." inside a Request-URI: an element may ignore it; it is never used. */
	{ "escruri", PASSES, SCREEN_PASS,
	  "INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0\r\n" COMMON
	  "CSeq: 1 INVITE\r\n\r\n" },
	{ "baddate", PASSES, SCREEN_PASS, /* the date is never read */
	  "INVITE sip:user@example.com SIP/2.0\r\n" COMMON "CSeq: 1 INVITE\r\n"
	  "Date: Fri, 01 Jan 2010 16:00:00 EST\r\n\r\n" },
	/* Name without < > and with parameters of a URI: To is unusable. */
	{ "regbadct", UNPARSED, SCREEN_PASS,
	  "REGISTER sip:example.com SIP/2.0\r\n" COMMON "CSeq: 1 REGISTER\r\n"
	  "Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E\r\nl: 0\r\n\r\n" },
	{ "badaspec", UNPARSED, SCREEN_PASS,
	  "OPTIONS sip:user@example.org SIP/2.0\r\n" VIA
	  "From: \"Bell, Alexander\" <sip:a.g.bell@example.com>;tag=433423\r\n"
	  "To: \"Watson, Thomas\" < sip:t.watson@example.org >\r\nCall-ID: x\r\n"
	  "CSeq: 3923239 OPTIONS\r\nl: 0\r\n\r\n" },
	{ "baddn", UNPARSED, SCREEN_PASS,
	  "OPTIONS sip:user@example.org SIP/2.0\r\n" VIA
	  "From: Bell, Alexander <sip:a.g.bell@example.com>;tag=43\r\n"
	  "To: Watson, Thomas <sip:t.watson@example.org>\r\nCall-ID: x\r\nCSeq: 3 OPTIONS\r\n"
	  "l: 0\r\n\r\n" },
	{ "badvers", SCREENED, SCREEN_VERSION,
	  "OPTIONS sip:t.watson@example.org SIP/7.0\r\nVia:     SIP/7.0/UDP "
	  "c.example.com;branch=z9hG4b\r\n"
	  "Max-Forwards: 70\r\nFrom: A. Bell <sip:a.g.bell@example.com>;tag=qweoiqpe\r\n"
	  "To: T. Watson <sip:t.watson@example.org>\r\nCall-ID: badvers.31417\r\nCSeq: 1 "
	  "OPTIONS\r\n"
	  "l: 0\r\n\r\n" },
	{ "mismatch01", SCREENED, SCREEN_BAD_CSEQ,
	  "OPTIONS sip:user@example.com SIP/2.0\r\n" COMMON "CSeq: 8 INVITE\r\nl: 0\r\n\r\n" },
	{ "mismatch02", SCREENED, SCREEN_BAD_CSEQ,
	  "NEWMETHOD sip:user@example.com SIP/2.0\r\n" COMMON "CSeq: 8 INVITE\r\nl: 0\r\n\r\n" },
	{ "bigcode", SCREENED, SCREEN_BAD_REQUEST_LINE,
	  "SIP/2.0 4294967301 better not break the receiver\r\n" COMMON
	  "CSeq: 8 INVITE\r\nl: 0\r\n\r\n" },
	/* 3.2.1: a branch that is only the cookie; matched like any other. */
	{ "badbranch", PASSES, SCREEN_PASS,
	  "OPTIONS sip:user@example.com SIP/2.0\r\nTo: sip:user@example.com\r\n"
	  "From: sip:caller@example.org;tag=33242\r\nMax-Forwards: 3\r\n"
	  "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK\r\nCall-ID: badbranch\r\nCSeq: 8 OPTIONS\r\n"
	  "l: 0\r\n\r\n" },
	/* 3.3.1 */
	{ "insuf", SCREENED, SCREEN_MISSING,
	  "INVITE sip:user@example.com SIP/2.0\r\nCSeq: 193942 INVITE\r\n"
	  "Via: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf\r\nl: 0\r\n\r\n" },
	/* 3.3.2 to 3.3.4 */
	{ "unkscm", PASSES, SCREEN_PASS,
	  "OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0\r\n" COMMON
	  "CSeq: 3923423 OPTIONS\r\nContent-Length: 0\r\n\r\n" },
	{ "novelsc", PASSES, SCREEN_PASS,
	  "OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0\r\n" COMMON
	  "CSeq: 3 OPTIONS\r\nl: 0\r\n\r\n" },
	{ "unksm2", PASSES, SCREEN_PASS,
	  "REGISTER sip:example.com SIP/2.0\r\nTo: isbn:2983792873\r\n"
	  "From: <http://www.example.com>;tag=3234233\r\nCall-ID: unksm2.daksdj@hyphenated-host\r\n"
	  "CSeq: 234902 REGISTER\r\nMax-Forwards: 70\r\n"
	  "Via: SIP/2.0/UDP 192.0.2.21:5060;branch=z9hG4bKkdjuw\r\n"
	  "Contact: <name:John_Smith>\r\nl: 0\r\n\r\n" },
	/* 3.3.8 and 3.3.9 */
	{ "multi01", SCREENED, SCREEN_MISSING,
	  "INVITE sip:user@company.com SIP/2.0\r\n" COMMON "CSeq: 8 INVITE\r\nCSeq: 59 INVITE\r\n"
	  "To: sip:user@company.com\r\nFrom: sip:caller@example.net;tag=3413415\r\n"
	  "Max-Forwards: 70\r\nMax-Forwards: 5\r\nContent-Length: 0\r\n\r\n" },
	{ "mcl01", SCREENED, SCREEN_BAD_LENGTH,
	  "OPTIONS sip:user@example.com SIP/2.0\r\n" COMMON "CSeq: 8 OPTIONS\r\n"
	  "Content-Length: 13\r\nContent-Length: 5\r\n\r\nThere's no way to know\r\n" },
	/* 3.3.12: an unknown transport in a lower Via, and 3.4.1: no tag, old branch. */
	{ "inv2543", PASSES, SCREEN_PASS,
	  "INVITE sip:UserB@example.com SIP/2.0\r\nVia: SIP/2.0/UDP iftgw.example.com\r\n"
	  "From: <sip:+13035551111@ift.client.example.net;user=phone>\r\n"
	  "Record-Route: <sip:UserB@example.com;maddr=ss1.example.com>\r\n"
	  "To: sip:+16505552222@ss1.example.net;user=phone\r\nCall-ID: inv2543.1717@ift\r\n"
	  "CSeq: 56 INVITE\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n" },
};

static void meet(const struct torture *t)
{
	struct screened s;
	enum screen_verdict v = screen_check(t->text, strlen(t->text), &s);
	struct message *m = NULL;
	enum err e;

	if (v != t->verdict)
		fail_msg("%s: %s instead of %s", t->name, screen_verdict_name(v),
			 screen_verdict_name(t->verdict));
	if (v)
		return;
	e = message_parse(t->text, strlen(t->text), &m);
	if ((e == ERR_NONE) != (t->fate == PASSES))
		fail_msg("%s: parsed with \"%s\"", t->name, err_text(e));
	message_unref(m);
}

static void valid_messages_pass(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++)
		meet(&valid[i]);
}

static void invalid_messages_meet_their_fate(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
		meet(&invalid[i]);
}

static void the_tortuous_invite_is_read_right(void **state)
{
	struct message *m = NULL;
	struct slice value;

	(void)state;
	assert_int_equal(message_parse(valid[0].text, strlen(valid[0].text), &m), ERR_NONE);
	assert_true(slice_is_text(message_get_to(m)->tag, "1918181833n"));
	assert_true(slice_is_text(message_get_from(m)->tag, "98asjd8"));
	assert_true(slice_is_text(message_get_from(m)->uri.whole, "sip:jdrosen@example.com"));
	assert_int_equal(message_get_max_forwards(m), 68);
	assert_int_equal(message_get_cseq(m), 9);
	assert_true(slice_is_text(message_get_via(m)->host, "192.0.2.2"));
	assert_true(slice_is_text(message_get_via(m)->branch, "390skdjuw"));
	assert_true(slice_is_text(message_find_named(m, "s", 0), ""));
	value = message_find_named(m, "unknownheaderwithunusualvalue", 0);
	assert_true(slice_is_text(value, ";;,,;;,;"));
	assert_true(slice_is_text(message_get_body(m), "v=0\r\n"));
	message_unref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_messages_pass),
		cmocka_unit_test(invalid_messages_meet_their_fate),
		cmocka_unit_test(the_tortuous_invite_is_read_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
