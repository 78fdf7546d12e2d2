# What only the real Windows Installer can prove: failure and rollback, access lists, service settings, upgrades, repair, removal. WiX is
# fetched by `dotnet tool install`; it runs all of Microsoft's evaluators and builds the generated source, whose tables are
# compared with ours. -Offline leaves both out.
Register-ServiceCleanup
$service = 'HelloService'
$serviceKey = "HKLM:\SYSTEM\CurrentControlSet\Services\$service"
$title = 'Hello Service'
$ruleName = "$service (http)"
$install = Join-Path $env:ProgramFiles $title
$data = Join-Path $env:ProgramData $title

# The package of a version, with a firewall rule; -text replaces the example's source, -backend says what writes it.
function New-Package([string] $version, [string] $text = '', [string] $backend = 'native', [string] $name = $version) {
    $rule = "`n[[msi.firewall]]`nservice = `"$service`"`nport = `"http`"`n"
    $release = New-Release $version -Text $text -Name $name -Manifest {
        param($manifest)
        $manifest.Replace('[msi]', "[msi]`nbackend = `"$backend`"") + $rule
    }
    Register-Package $release.Msi
    $release.Msi
}

# Everybody but administrators and the system who may write there.
function Get-Writers([string] $path) {
    $write = [Security.AccessControl.FileSystemRights]'Write, Delete, ChangePermissions, TakeOwnership'
    $trusted = 'S-1-5-18', 'S-1-5-32-544'
    foreach ($rule in (Get-Acl $path).GetAccessRules($true, $true, [Security.Principal.SecurityIdentifier])) {
        if ($rule.AccessControlType -eq 'Allow' -and ($rule.FileSystemRights -band $write) -and $trusted -notcontains $rule.IdentityReference.Value) {
            $rule.IdentityReference.Value
        }
    }
}

function Get-Rule { @(Get-NetFirewallRule -DisplayName "$ruleName" -ErrorAction SilentlyContinue) }

# What the service manager has beside the service's main settings.
function Confirm-Configured([string] $when) {
    $key = Get-ItemProperty $serviceKey
    Confirm-That ($key.DelayedAutostart -eq 1) "$when it starts delayed"
    Confirm-That ($key.ServiceSidType -eq 1) "$when its SID is in its token"
    Confirm-That ($key.FailureActionsOnNonCrashFailures -eq 1) "$when a failure is also an exit with an error"
    Confirm-That ((& sc.exe qfailure $service | Out-String) -match '5000 milliseconds') "$when it is restarted after 5 seconds"
    Confirm-That ($key.PreshutdownTimeout -gt 0) "$when its time at shutdown is set"
}

# The rows of a package's table as text, by Windows Installer's own reader; without the columns that are named.
function Get-Rows([object] $database, [string] $table, [string[]] $without) {
    $call = { param($object, [string] $name, [object[]] $arguments, [string] $kind = 'InvokeMethod')
        $object.GetType().InvokeMember($name, $kind, $null, $object, $arguments) }
    $view = & $call $database 'OpenView' @("SELECT * FROM ``$table``")
    & $call $view 'Execute' @() | Out-Null
    $names = & $call $view 'ColumnInfo' @(0) 'GetProperty'
    $types = & $call $view 'ColumnInfo' @(1) 'GetProperty'
    $count = & $call $names 'FieldCount' @() 'GetProperty'
    while ($record = & $call $view 'Fetch' @()) {
        $cells = foreach ($number in 1..$count) {
            $name = & $call $names 'StringData' @($number) 'GetProperty'
            $type = & $call $types 'StringData' @($number) 'GetProperty'
            if ($without -contains "$table.$name") { continue }
            if ($type -like 'v*') { "$name=stream" } else { "$name=" + (& $call $record 'StringData' @($number) 'GetProperty') }
        }
        $cells -join ' '
    }
    & $call $view 'Close' @() | Out-Null
}

# Ours against WiX's, table by table; what is known to differ is in docs/msi.md.
function Compare-Tables([string] $ours, [string] $theirs) {
    $tables = 'Component', 'CreateFolder', 'CustomAction', 'Directory', 'Error', 'Feature', 'FeatureComponents', 'File',
        'LaunchCondition', 'MsiFileHash', 'MsiLockPermissionsEx', 'MsiServiceConfig', 'RegLocator', 'Registry', 'RemoveFile',
        'ServiceControl', 'ServiceInstall', 'Upgrade'
    # Short names and the order of the files are WiX's own, and so is Display.
    $without = 'File.FileName', 'Directory.DefaultDir', 'File.Sequence', 'Feature.Display'
    $installer = New-Object -ComObject WindowsInstaller.Installer
    $databases = foreach ($path in $ours, $theirs) {
        $installer.GetType().InvokeMember('OpenDatabase', 'InvokeMethod', $null, $installer, @($path, 0))
    }
    foreach ($table in $tables) {
        $rows = foreach ($database in $databases) { , @(Get-Rows $database $table $without | Sort-Object) }
        $differences = @(Compare-Object $rows[0] $rows[1])
        $differences | ForEach-Object { Write-Output "    $($_.SideIndicator) $($_.InputObject)" }
        Confirm-That ($differences.Count -eq 0) "the rows of $table are the same"
    }
}

$candidate = New-Package '1.4.2-rc.1'
$final = New-Package '1.4.2'
$next = New-Package '1.5.0'
$broken = New-Package '1.6.0' -text "package main`n`nimport `"os`"`n`nfunc main() { os.Exit(3) }`n"

Write-Host '# a first installation that fails'
Confirm-That ((Invoke-Msi '/i', "`"$broken`"") -ne 0) 'a service that does not start fails the installation'
Confirm-That (-not (Get-Service $service -ErrorAction SilentlyContinue)) 'no service is left'
Confirm-That (-not (Test-Path "$install\hello-service.exe")) 'no program is left'

Write-Host '# installation'
Assert-That ((Invoke-Msi '/i', "`"$candidate`"", 'HTTP_PORT=18080') -eq 0) 'a pre-release installs silently'
Confirm-That ((Get-Service $service).Status -eq 'Running') 'the service runs'
Confirm-That ((Get-Answer 18080) -eq 200) 'it answers on the port that was given'
$key = Get-ItemProperty $serviceKey
Confirm-That ($key.ImagePath -eq "`"$install\hello-service.exe`" --gorelease-service=$service") 'the image path is quoted'
Confirm-That ($key.ObjectName -eq "NT SERVICE\$service") 'it has an account of its own'
Confirm-Configured 'after the installation'
Confirm-That ((Get-Rule).Count -eq 0) 'no firewall rule was added without being asked for'
$arguments = (Get-ItemProperty "$serviceKey\Parameters").Arguments
Confirm-That ($arguments -contains '127.0.0.1:{{ port.http }}') 'braces come through the Formatted type'
$source = Get-ItemProperty "HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Application\$service"
Confirm-That ($source.TypesSupported -eq 7) 'the event source is registered'
Confirm-That (Test-Path $source.EventMessageFile) 'and its message file exists'

Write-Host '# access'
Confirm-That (-not (Get-Writers "$install\hello-service.exe")) 'only administrators can change the executable'
Confirm-That (-not (Get-Writers "$data\config")) 'only administrators can change the configuration'
$sid = ((& sc.exe showsid $service) -match 'S-1-5-80' -replace '.*(S-1-5-80[-0-9]+).*', '$1') | Select-Object -First 1
foreach ($folder in 'data', 'logs') {
    Confirm-That (@(Get-Writers "$data\$folder" | Sort-Object -Unique) -join ' ' -eq $sid) "only the service can write to $folder"
}

Write-Host '# upgrade'
Add-Content "$data\config\hello.json" ' '
$edited = (Get-FileHash "$data\config\hello.json").Hash
foreach ($package in $final, $next) {
    Confirm-That ((Invoke-Msi '/i', "`"$package`"") -eq 0) "$(Split-Path -Leaf $package) upgrades"
    Confirm-That ((Get-Answer 18080) -eq 200) 'the port is remembered'
    Confirm-That ((Get-FileHash "$data\config\hello.json").Hash -eq $edited) 'the edited configuration is kept'
}
$entries = Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\*' | Where-Object { $_.PSObject.Properties['DisplayName'] -and $_.DisplayName -eq $title }
Confirm-That (@($entries).Count -eq 1 -and $entries.DisplayVersion -eq '1.5.0') 'there is one entry in Programs and Features'
Confirm-That ((Invoke-Msi '/i', "`"$final`"") -ne 0) 'a downgrade is refused'
Confirm-That ((Get-Answer 18080) -eq 200) 'and leaves the service running'

Write-Host '# firewall'
Confirm-That ((Invoke-Msi '/i', "`"$next`"", 'ADDLOCAL=Firewall') -eq 0) 'the rule can be added later'
$rule = Get-Rule
Confirm-That ($rule.Count -eq 1 -and $rule[0].Direction -eq 'Inbound' -and $rule[0].Profile -eq 'Domain') 'there is one, for the domain'
Confirm-That (($rule[0] | Get-NetFirewallPortFilter).LocalPort -eq '18080') 'for the port that was given'
Confirm-That (($rule[0] | Get-NetFirewallServiceFilter).Service -eq $service) 'for the service'
Confirm-That (($rule[0] | Get-NetFirewallApplicationFilter).Program -eq "$install\hello-service.exe") 'for the program'

Write-Host '# rollback'
$exit = Invoke-Msi '/i', "`"$broken`""
Confirm-That ($exit -ne 0) 'a version that does not start is refused'
Confirm-That ((Get-Answer 18080) -eq 200) 'the old version runs again'
Confirm-That ((Get-ItemProperty "HKLM:\SOFTWARE\Example Ltd\$title").Version -eq '1.5.0') 'and is the installed one'

Confirm-Configured 'after the rollback'
Confirm-That ((Get-Rule).Count -eq 1) 'the firewall rule is there again'

Write-Host '# what a repair must refuse'
Confirm-That ((Invoke-Msi '/i', "`"$next`"", 'REINSTALL=ALL', 'HTTP_PORT=abc') -ne 0) 'a wrong port is refused in maintenance, too'
Confirm-That ((Get-Answer 18080) -eq 200) 'and the service runs on as it was'

Write-Host '# a port that an administrator wrote as a number'
New-ItemProperty -LiteralPath "$serviceKey\Parameters\Ports" -Name 'http' -Value 18080 -PropertyType DWord -Force | Out-Null
Confirm-That ((Invoke-Msi '/fa', "`"$next`"") -eq 0) 'a repair takes it'

Write-Host '# repair'
Stop-Service $service
Remove-Item "$install\hello-service.exe"
Confirm-That ((Invoke-Msi '/fa', "`"$next`"") -eq 0) 'a repair succeeds'
Start-Service $service
Confirm-That ((Get-Answer 18080) -eq 200) 'and the service answers'

Write-Host '# removal'
Confirm-That ((Invoke-Msi '/x', "`"$next`"") -eq 0) 'removal succeeds'
Confirm-That (-not (Get-Service $service -ErrorAction SilentlyContinue)) 'the service is gone'
Confirm-That (-not (Test-Path $install)) 'the program is gone'
Confirm-That (-not (Test-Path "HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Application\$service")) 'the event source is gone'
Confirm-That ((Get-Rule).Count -eq 0) 'the firewall rule is gone'
Confirm-That (Test-Path "$data\config\hello.json") 'the configuration stays, as marked'

Write-Host '# NOSTART'
Confirm-That ((Invoke-Msi '/i', "`"$next`"", 'NOSTART=1', 'HTTP_PORT=18081') -eq 0) 'NOSTART=1 installs'
Confirm-That ((Get-Service $service).Status -eq 'Stopped') 'and leaves the service stopped'
Confirm-That ((Invoke-Msi '/x', "`"$next`"", 'PURGE=1') -eq 0) 'removal with PURGE=1 succeeds'
Confirm-That (-not (Test-Path $data)) 'and takes configuration, data and logs'

if (-not $Offline) {
    Write-Host '# WiX'
    # Version 5 is the last one without a licence to be accepted first.
    & dotnet tool install wix --version 5.0.2 --tool-path "$($Play.Folder)\tools" | Out-Null
    Confirm-That ($LASTEXITCODE -eq 0) 'WiX can be fetched'
    $env:GORELEASE_WIX = "$($Play.Folder)\tools\wix.exe"
    foreach ($package in $candidate, $next) {
        $report = & $env:GORELEASE_WIX msi validate -nologo $package | Out-String
        Write-Output $report
        Confirm-That ($LASTEXITCODE -eq 0 -and $report -notmatch 'warning') "no evaluator has anything against $(Split-Path -Leaf $package)"
    }
    $theirs = New-Package '1.5.1' -backend 'wix' -name 'theirs'
    $ours = New-Package '1.5.1' -name 'ours'
    Compare-Tables $ours $theirs
}
