#!/usr/bin/env bash
# Makes the files of this folder: an authority, two cards of its, the parts of its list and its answers, all by OpenSSL, which shares no code
# with ours. The keys are thrown away. Run it in an empty folder and copy the *.pem, *.crl and *.ocsp here.
set -euo pipefail
cat > ca.cnf <<'C'
[ca]
default_ca = this
[this]
dir = .
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = any
unique_subject = no
crl_extensions = crl
[any]
commonName = supplied
[req]
distinguished_name = dn
prompt = no
[dn]
CN = unused
[authority]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[card]
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:http://ca.example.it/parte1.crl
authorityInfoAccess = OCSP;URI:http://ca.example.it/ocsp
[responder]
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
authorityKeyIdentifier = keyid
[crl]
authorityKeyIdentifier = keyid
issuingDistributionPoint = critical,@point1
[crl2]
authorityKeyIdentifier = keyid
issuingDistributionPoint = critical,@point2
[point1]
fullname = URI:http://ca.example.it/parte1.crl
onlyuser = TRUE
[point2]
fullname = URI:http://ca.example.it/parte2.crl
C
: > index.txt; echo 6090C0DE01 > serial; echo 01 > crlnumber
days="-days 36500"
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -config ca.cnf -extensions authority -subj "/CN=Regione di Fantasia - CA Cittadini" $days
for who in good withdrawn responder; do
  openssl req -newkey rsa:2048 -nodes -keyout $who.key -out $who.csr -config ca.cnf -subj "/CN=$who"
  section=card; [ $who = responder ] && section=responder
  openssl ca -batch -config ca.cnf -in $who.csr -out $who.pem -extensions $section $days -notext
done
openssl ca -config ca.cnf -revoke withdrawn.pem -crl_reason keyCompromise
openssl ca -config ca.cnf -gencrl -crldays 36500 | openssl crl -outform der -out part1.crl
openssl ca -config ca.cnf -gencrl -crlexts crl2 -crldays 36500 | openssl crl -outform der -out part2.crl
for who in good withdrawn; do
  openssl ocsp -issuer ca.pem -cert $who.pem -reqout $who.req -no_nonce
  openssl ocsp -index index.txt -CA ca.pem -rsigner responder.pem -rkey responder.key -reqin $who.req -respout $who.ocsp -ndays 36500
done
