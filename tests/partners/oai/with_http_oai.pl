# Harvests everything with HTTP::OAI: prints the identifier of each record, and whether it is deleted.
use strict;
use warnings;
use HTTP::OAI;

my ($address, $prefix) = @ARGV;
my $harvester = HTTP::OAI::Harvester->new(baseURL => $address, resume => 1);
my $answer = $harvester->ListRecords(
    metadataPrefix => $prefix,
    onRecord => sub {
        my ($record) = @_;
        print $record->identifier, ' ', ($record->is_deleted ? 'deleted' : 'live'), "\n";
    },
);
die $answer->message if $answer->is_error;
